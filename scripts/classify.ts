import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { openClassifier } from '../shared/classification/open.ts';
import { parse, typedPath, UsageError } from './arguments.ts';

const USAGE = 'npm run --silent classify -- --jsonl FILE';

interface Item {
  readonly id: unknown;
  readonly content: string;
}

function itemOf(line: string, number: number): Item {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UsageError(`Line ${number} is not JSON.`);
  }
  if (
    typeof value !== 'object' ||
    value === null ||
    !('content' in value) ||
    typeof value.content !== 'string'
  ) {
    throw new UsageError(`Line ${number} has no text "content".`);
  }
  return { id: 'id' in value ? value.id : number, content: value.content };
}

/** Classifies a file of JSON lines; a bad line is reported on stderr and the others go on. */
export async function main(argv: string[]): Promise<void> {
  const { values } = parse(argv, { jsonl: { type: 'string' } }, USAGE);
  if (values.jsonl === undefined) throw new UsageError(`--jsonl is missing.\nUsage: ${USAGE}`);
  const classifier = openClassifier();
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(typedPath(values.jsonl)),
    crlfDelay: Infinity,
  })) {
    number++;
    if (line.trim() === '') continue;
    try {
      const { id, content } = itemOf(line, number);
      const { theme_id, theme, defi, confidence } = classifier.classify(content, { language: 'en' });
      process.stdout.write(JSON.stringify({ id, theme_id, theme, defi, confidence }) + '\n');
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    }
  }
}
