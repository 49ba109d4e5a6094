import type { Behaviour } from './behaviour.ts';
import { contentCount } from './contents.ts';
import type { Draw } from './random.ts';

export const EVENT_COLUMNS = ['id', 'user_id', 'type', 'content_type', 'content_id', 'created_at'];

/** The export covers two years, written in slices of time so that a user's rows are spread over the file. */
const SLICES = 24;
const DAYS_PER_SLICE = 30;
const FIRST_DAY = Date.UTC(2023, 6, 10);
const DAYS = Array.from({ length: SLICES * DAYS_PER_SLICE }, (_, day) =>
  new Date(FIRST_DAY + day * 86_400_000).toISOString().slice(0, 10),
);
const TIMES = Array.from({ length: 86_400 }, (_, second) =>
  new Date(second * 1000).toISOString().slice(11, 19),
);

/** Spellings of the content kinds that the real export mixes. */
const FICHE = ['fiche-outils', 'fiche-outil', 'fiche_outils'];
const GUIDE = ['guide-pratique', 'guides-pratiques'];
const ARTICLE = ['Contenu', 'contenu', 'article'];
const OTHER: readonly [type: string, contentType: string][] = [
  ['connexion', ''],
  ['register', 'onboarding'],
  ['page_view', 'fiche-outils'],
  ['inscription', 'live'],
  ['contenu_favoris', 'Contenu'],
  ['subscribed', 'infolettre_hebdo'],
];

type Kind = keyof Behaviour;

/** Writes the events of all users in time order of the slices, with the dirt of real exports. */
export class EventWriter {
  private nextId = 1;
  private previous = '';
  private readonly fiches = contentCount('fiche_outils');
  private readonly guides = contentCount('guide_pratique');
  private readonly articles = contentCount('article');
  private readonly kits = contentCount('kit');

  constructor(private readonly draw: Draw) {}

  /** Lines of every slice; `onSlice` is told how many slices are done. */
  *lines(users: readonly Behaviour[], firstId: number, onSlice: (done: number, of: number) => void) {
    for (let slice = 0; slice < SLICES; slice++) {
      for (let index = 0; index < users.length; index++) {
        const user = users[index] as Behaviour;
        for (const kind in user) {
          const count = user[kind as Kind];
          const phase = (index * 7 + slice) % SLICES;
          const due = Math.floor((count * (phase + 1)) / SLICES) - Math.floor((count * phase) / SLICES);
          for (let i = 0; i < due; i++) yield this.line(String(firstId + index), kind as Kind, slice);
        }
      }
      onSlice(slice + 1, SLICES);
    }
  }

  private line(user: string, kind: Kind, slice: number): string {
    const { draw } = this;
    const day = DAYS[slice * DAYS_PER_SLICE + draw.below(DAYS_PER_SLICE)] as string;
    let at = `${day} ${TIMES[draw.below(86_400)] as string}`;
    const dirt = draw.below(2000);
    if (dirt === 0 && this.previous !== '') return this.previous;
    if (dirt === 1) at = draw.pick(['0000-00-00 00:00:00', 'hier', '']);
    else if (dirt === 2) user = '';
    else if (dirt === 3) user = String(90_000_000 + draw.below(1000));
    else if (dirt < 20) at = at.replace(' ', 'T') + draw.pick(['Z', '', '+02:00']);
    this.previous = `${this.nextId++},${user},${this.rows[kind]()},${at}\n`;
    return this.previous;
  }

  /** Type, content type and content id of one event of each kind. */
  private readonly rows: Readonly<Record<Kind, () => string>> = {
    opened: () => `opened_mail,${this.draw.chance(0.8) ? 'infolettre_hebdo' : 'onboarding'},${this.mail()}`,
    sessions: () => `session,opened_mail,${this.mail()}`,
    clicked: () => `click_mail,infolettre_hebdo,${this.mail()}`,
    fiches: () => `download,${this.draw.pick(FICHE)},${this.content(this.fiches)}`,
    guides: () => `download,${this.draw.pick(GUIDE)},${this.content(this.guides)}`,
    articles: () => `page_view,${this.draw.pick(ARTICLE)},${this.content(this.articles)}`,
    kits: () => `page_view,kit,${1 + this.draw.below(this.kits)}`,
    votes: () => `contenu_vote,Contenu,${this.content(this.articles)}`,
    comments: () => `comment_posted,Contenu,${this.content(this.articles)}`,
    other: () => `${this.draw.pick(OTHER).join(',')},`,
  };

  /** A content id; a few are used far more than the rest. */
  private content(count: number): string {
    const id = 1 + Math.floor(count * this.draw.uniform() ** 2);
    return this.draw.chance(0.2) ? `${id}.0` : String(id);
  }

  private mail(): string {
    return this.draw.below(0x7fffffff).toString(16).padStart(10, 'a');
  }
}
