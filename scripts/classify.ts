import { openClassifier } from '../shared/classification/open.ts';
import { parse, typedPath, UsageError } from './arguments.ts';
import { documentsOf, UnreadableDocumentError } from './documents.ts';
import { progressBar } from './progress.ts';

const USAGE = 'npm run --silent classify -- [--jsonl] [--lang fr] FILE… (md, txt, docx, pdf or jsonl)';

/**
 * Classifies files, or the lines of a JSON lines file: a line of JSON for each text on stdout. What cannot be read is
 * told on stderr and the others go on; the exit status is then 1.
 */
export async function main(argv: string[]): Promise<void> {
  const options = {
    jsonl: { type: 'boolean', default: false },
    lang: { type: 'string', default: 'en' },
  } as const;
  const { values, positionals: files } = parse(argv, options, USAGE, Infinity);
  const { lang: language } = values;
  if (files.length === 0 || (language !== 'en' && language !== 'fr')) throw new UsageError(`Usage: ${USAGE}`);
  const classifier = openClassifier();
  const showProgress = files.length > 1 ? progressBar('files') : () => undefined;
  for (const [index, file] of files.entries()) {
    for await (const found of documentsOf(typedPath(file), values.jsonl)) {
      if (found instanceof UnreadableDocumentError) {
        process.stderr.write(`${found.message}\n`);
        process.exitCode = 1;
        continue;
      }
      const { theme_id, theme, defi, confidence, themes, defis, evidence } = classifier.classify(
        found.content,
        { language },
      );
      process.stdout.write(
        JSON.stringify({ id: found.id, theme_id, theme, defi, confidence, themes, defis, evidence }) + '\n',
      );
    }
    showProgress(index + 1, files.length);
  }
}
