import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Classifier } from '../classification/classify.ts';
import { openClassifier } from '../classification/open.ts';
import { DEFIS } from '../classification/taxonomy.ts';
import { contentTextsSql } from '../features/events.ts';
import { FLAGS } from '../features/features.ts';
import type { ArtifactStore } from '../storage/artifacts.ts';
import { onDisk, temporaryPlace } from '../storage/local/files.ts';
import type { Table } from './source/table.ts';
import type { Chunk, Workbench } from './workbench.ts';

/** Défis that the editors' flags stand for, in the order of FLAGS. */
const DEFI_OF_FLAG: Readonly<Record<(typeof FLAGS)[number], string>> = {
  transition_ecologique: 'ecological_transition',
  sante_mentale: 'mental_health',
  ecole_inclusive: 'inclusive_school',
  cps: 'psychosocial_skills',
  reussite_tous_eleves: 'student_success',
};

/** Lines of the enrichment: themes of every text, and défis of those to which the editors gave none. */
function linesOf({ rowCount, columns }: Chunk, classifier: Classifier): string {
  const at = (name: string, row: number) => columns[name]?.[row];
  const text = (name: string, row: number) => String(at(name, row) ?? '');
  return Array.from({ length: rowCount }, (_, row) => {
    const editors = FLAGS.filter((flag) => at(flag, row) === 1).map((flag) => DEFI_OF_FLAG[flag]);
    const content = `# ${text('title', row)}\n\n${text('markdown', row)}`;
    const { themes, defis, confidence } = classifier.classify(content, { language: 'fr' });
    const scored = (ranked: typeof themes) => ranked.map(({ id, score }) => ({ id, score }));
    const line = {
      kind: at('kind', row),
      id: at('content_id', row),
      editors_defis: DEFIS.map(({ id }) => id).filter((id) => editors.includes(id)),
      themes: scored(themes),
      defis: editors.length === 0 ? scored(defis) : [],
      confidence,
    };
    return `${JSON.stringify(line)}\n`;
  }).join('');
}

async function* enriched(chunks: AsyncIterable<Chunk>, classifier: Classifier): AsyncGenerator<string> {
  for await (const chunk of chunks) yield linesOf(chunk, classifier);
}

/**
 * Files every content that has markdown under themes, and under défis where the editors set no flag, and writes the
 * result with its scores to `contents.jsonl`, apart from the editors' own flags. Texts themselves are not stored.
 */
export async function enrichContents(
  bench: Workbench,
  artifacts: ArtifactStore,
  version: string,
  contents: Table,
): Promise<void> {
  if (!contents.columns.has('markdown')) return;
  const file = join(bench.folder, 'contents.jsonl');
  await contents.reading(async ({ from, columns }) => {
    const lines = enriched(bench.stream(contentTextsSql(from, columns)), openClassifier());
    await onDisk(temporaryPlace(), () => pipeline(lines, createWriteStream(file)));
  });
  await artifacts.write(version, 'contents.jsonl', { file });
}
