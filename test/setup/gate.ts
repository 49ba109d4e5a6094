import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can be shut: what is sent then waits, as it does when a network or a server stands still. */
export class Gate {
  private readonly pairs = new Set<{ client: Socket; target: Socket }>();
  private isShut = false;

  private constructor(private readonly server: Server) {}

  /** @param target host and port of the server */
  static async to(target: string): Promise<Gate> {
    const [host = '', port] = target.split(':');
    const server = createServer();
    const gate = new Gate(server);
    server.on('connection', (client) => gate.join(client, connect(Number(port), host)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gate;
  }

  private join(client: Socket, target: Socket): void {
    const pair = { client, target };
    this.pairs.add(pair);
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      one.on('data', (bytes) => void other.write(bytes));
      one.on('error', () => undefined);
      one.on('close', () => (other.destroy(), this.pairs.delete(pair)));
    }
    if (this.isShut) client.pause();
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.pairs.size;
  }

  shut(): void {
    this.isShut = true;
    for (const { client } of this.pairs) client.pause();
  }

  open(): void {
    this.isShut = false;
    for (const { client } of this.pairs) client.resume();
  }

  stop(): void {
    this.server.close();
    for (const { client } of this.pairs) client.destroy();
  }
}
