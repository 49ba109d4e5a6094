import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { StoreForbiddenError, StoreUnavailableError } from '../../errors.ts';

/** Gives an access token for Google Cloud; the same one as long as it lasts. */
export type TokenSource = () => Promise<string>;

/** An answer with its whole body. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Tries of one read, and how long each may take: a reader must answer long before its own caller gives up. */
const TRIES = 2;
const TIMEOUT_MS = 2000;
const PAUSE_MS = 100;

/** Answers that another try may turn into a better one. */
const isPassing = (status: number): boolean => [408, 429, 500, 502, 503, 504].includes(status);

const isRefusal = (status: number): boolean => status === 401 || status === 403;

/** Not the thing asked for is missing, but the whole place: a mistake in the configuration. */
const isNowhere = ({ status, body }: Answer): boolean =>
  status === 404 && /(bucket|database)\b.* does not exist/i.test(body.toString('utf8'));

interface Connection {
  readonly send: typeof request;
  readonly agent: Agent;
}

/** Connections are kept, at most as many as a busy instance has requests. */
const KEPT = { keepAlive: true, maxSockets: 100 };
const plain: Connection = { send: request, agent: new Agent(KEPT) };
let secure: Connection | null = null;

/** TLS is loaded when it is needed, since emulators and tests do without. */
async function secured(): Promise<Connection> {
  const https = await import('node:https');
  return (secure ??= { send: https.request, agent: new https.Agent(KEPT) });
}

/** One GET, ended with its body after so many milliseconds at the latest. */
export async function getOnce(
  { protocol, hostname, port, pathname, search }: URL,
  headers: Readonly<Record<string, string>>,
  timeoutMs = TIMEOUT_MS,
): Promise<Answer> {
  const { send, agent } = protocol === 'http:' ? plain : (secure ?? (await secured()));
  const options = { agent, headers, hostname, port, path: pathname + search };
  return new Promise((resolve, reject) => {
    const sent = send(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        clearTimeout(timer);
        const { statusCode: status = 0, headers: found } = response;
        resolve({ status, headers: found, body: Buffer.concat(chunks) });
      });
    });
    const timer = setTimeout(() => sent.destroy(new Error(`No answer in ${timeoutMs} ms.`)), timeoutMs);
    sent.on('error', reject);
    sent.on('close', () => clearTimeout(timer));
    sent.end();
  });
}

/**
 * Reads by plain HTTPS: the official clients cost 60–200 ms of every cold start, and readers need two requests.
 * What writes goes through the official clients.
 */
export class RestReader {
  /**
   * @param store name of the store, for errors
   * @param base address that paths are appended to
   * @param token gives the access token; null where none is asked for
   * @param timeoutMs longest wait for one try
   */
  constructor(
    private readonly store: string,
    private readonly base: string,
    private readonly token: TokenSource | null,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  /** Asks the address for nothing in particular, as nobody. @throws StoreUnavailableError when it gives no answer */
  async ping(): Promise<void> {
    const { status } = await getOnce(new URL(this.base), {}, this.timeoutMs).catch((error: unknown) => {
      throw new StoreUnavailableError(this.store, error);
    });
    if (status >= 500) throw new StoreUnavailableError(this.store, new Error(`It answered ${status}.`));
  }

  /**
   * GETs a path; one that is not there is an answer, not an error.
   * @throws StoreForbiddenError when the store refuses
   * @throws StoreUnavailableError when it gives no answer in time, or none that is of use
   */
  async get(path: string): Promise<Answer> {
    const url = new URL(this.base + path);
    let failure: unknown;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      try {
        const headers = this.token ? { authorization: `Bearer ${await this.token()}` } : {};
        const answer = await getOnce(url, headers, this.timeoutMs);
        if (answer.status < 300 || (answer.status === 404 && !isNowhere(answer))) return answer;
        // The address names a user at times: it stays out of the error.
        failure = new Error(`The ${this.store} store answered ${answer.status}.`);
        if (isRefusal(answer.status)) throw new StoreForbiddenError(this.store, failure);
        if (!isPassing(answer.status)) break;
      } catch (error) {
        if (error instanceof StoreUnavailableError) throw error;
        failure = error;
      }
      if (attempt < TRIES) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    throw new StoreUnavailableError(this.store, failure);
  }
}
