import { FLAGS } from '../../shared/features/features.ts';
import taxonomy from '../../shared/classification/taxonomy.json' with { type: 'json' };
import { csv } from './csv.ts';
import type { Draw } from './random.ts';

export const CONTENT_COLUMNS = [
  'id',
  'type',
  'title',
  'markdown',
  'etat',
  'published_at',
  'page_view_count',
  'score_upvote',
  'score_downvote',
  'downloads_count',
  ...FLAGS,
];

/** How many contents of each type the sample holds, 4,898 in all; ids are unique within a type only. */
const TYPES: readonly [type: string, count: number][] = [
  ['article', 2100],
  ['fiche_outils', 1300],
  ['guide_pratique', 420],
  ['tuto', 260],
  ['podcast', 140],
  ['fiche_activite', 240],
  ['sequence', 120],
  ['parcours', 110],
  ['atelier', 90],
  ['kit', 68],
  ['live', 50],
];

/** Share of contents that carry each flag, in the order of FLAGS. */
const FLAG_RATES = [0.005, 0.007, 0.026, 0.044, 0.14];

/** Number of contents of a type in the sample. */
export function contentCount(type: string): number {
  return TYPES.find(([name]) => name === type)?.[1] ?? 0;
}

/** Lines of the contents export. */
export function* contentLines(draw: Draw): Generator<string> {
  for (const [type, count] of TYPES) {
    for (let id = 1; id <= count; id++) {
      const theme = draw.pick(taxonomy.themes);
      const flags = FLAG_RATES.map((rate) => (draw.chance(rate) ? 1 : 0));
      const title = `${theme.fr} : ${type.replace('_', ' ')} ${id}`;
      const markdown = `# ${title}\n\nDes pistes pour la classe, à adapter à vos élèves.\n\n- ${theme.fr}\n- ${theme.en}\n`;
      yield csv([
        id,
        type,
        title,
        markdown,
        draw.chance(0.95) ? 'publie' : 'brouillon',
        `20${15 + draw.below(10)}-0${1 + draw.below(9)}-1${draw.below(9)} 08:00:00`,
        draw.count(300, 1.3, 90000),
        draw.count(8, 1.2, 4000),
        draw.count(1, 0.9, 300),
        draw.count(60, 1.4, 30000),
        ...flags,
      ]);
    }
  }
}
