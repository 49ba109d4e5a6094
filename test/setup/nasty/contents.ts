import type { Spellings } from './cells.ts';
import type { Dirt } from './dirt.ts';
import type { Line } from './tables.ts';

/** Spellings of the kinds that are used, the kind in its own spelling first. */
export const KINDS: Record<string, readonly string[]> = {
  'fiche-outils': [
    'fiche-outils',
    'fiche_outils',
    'Fiche_Outils',
    'FICHE-OUTILS',
    'fiche-outil',
    'fiche_outil',
    'Fiche-Outil',
  ],
  'guide-pratique': [
    'guide-pratique',
    'guide_pratique',
    'Guide_Pratique',
    'guides-pratiques',
    'guides_pratiques',
    'GUIDES-PRATIQUES',
  ],
  contenu: ['contenu', 'Contenu', 'CONTENU', 'article', 'Article', 'ARTICLE'],
};

/** Kinds that are other kinds, some of them close to those that are used. */
export const OTHER_KINDS = [
  'podcast',
  'Podcast',
  'fiche outils',
  'fiches-outils',
  'fiche--outils',
  'ficheoutils',
  'articles',
  'contenus',
  'guide pratique',
  'guides-pratique',
  'infolettre_hebdo',
  'opened_mail',
  'NaN',
  'constructor',
];

const MARKDOWN = [
  '',
  '# Titre\n\nUn paragraphe, "cité"\n',
  '# Titre\r\n\r\n- un\r\n- deux\r\n',
  'a\rb',
  '| a | b |\n|---|---|\n',
  '"',
  'sep=,',
  'id,type\n1,article',
  '```\n"x,y"\n```',
  'été 😀',
];

export interface Content {
  readonly kind: string;
  readonly id: number;
}

/** A kind in one of its spellings. */
export function kindSpeller(dirt: Dirt, spell: Spellings, name: string) {
  const decks = new Map(
    Object.entries(KINDS).map(([kind, spelled]) => [kind, dirt.deck(`${name} ${kind}`, spelled)]),
  );
  return (kind: string): string => spell.maybe(decks.get(kind)?.() ?? kind, 0.08);
}

/** Rows of the contents: the same id in several kinds, the same key in several rows. */
export function contentsRows(dirt: Dirt, spell: Spellings) {
  const spelled = kindSpeller(dirt, spell, 'kinds of contents');
  const other = dirt.deck('other kinds of contents', OTHER_KINDS);
  const markdown = dirt.deck('texts of contents', MARKDOWN);
  const line = (id: string, type: string): Line => ({
    id,
    type,
    title: dirt.pick(['Titre', 'Titre, "cité"', 'Titre\nlong', '', 'NULL']),
    markdown: markdown(),
    transition_ecologique: spell.flag(),
    sante_mentale: spell.flag(),
    ecole_inclusive: spell.flag(),
    cps: spell.flag(),
    reussite_tous_eleves: spell.flag(),
    auteur: dirt.pick(['Nom, Prénom', 'Équipe\n"outils"', '']),
  });
  const contents: Content[] = Array.from({ length: dirt.int(50, 110) }, () => ({
    kind: dirt.pick(Object.keys(KINDS)),
    id: dirt.int(1, 60),
  }));
  const lines = contents.flatMap(({ kind, id }) => {
    const rows = [line(spell.integer(id), spelled(kind))];
    if (dirt.happens('contents doubled in another spelling', 0.1))
      rows.push(line(spell.otherwise(String(id)), spelled(kind)));
    if (dirt.happens('the id of a content in another kind', 0.08))
      rows.push(line(spell.integer(id), other()));
    return rows;
  });
  const unusable = Array.from({ length: dirt.int(5, 9) }, () => {
    const noId = dirt.chance(0.7);
    return line(
      noId ? dirt.pick([spell.none, spell.noInteger])() : '3',
      noId && dirt.chance(0.7) ? spelled('contenu') : spell.none(),
    );
  });
  const rare = ['0', '-4', '9223372036854775807', '-9223372036854775808'].map((id) =>
    line(id, spelled('contenu')),
  );
  return { contents, lines: dirt.shuffled([...lines, ...unusable, ...rare]) };
}
