/** The five flags editors set on a content; feature `nb_<flag>` counts the use events that carry it. */
export const FLAGS = [
  'transition_ecologique',
  'sante_mentale',
  'ecole_inclusive',
  'cps',
  'reussite_tous_eleves',
] as const;

/** The 13 behaviour features, lifetime counts per user. This order is fixed: artifacts and matrices follow it. */
export const FEATURES = [
  'nb_fiche_outils',
  'nb_guide_pratique',
  'nb_transition_ecologique',
  'nb_sante_mentale',
  'nb_ecole_inclusive',
  'nb_cps',
  'nb_reussite_tous_eleves',
  'total_interactions_x',
  'diversite_contenus',
  'nb_vote',
  'nb_comments',
  'nb_opened_mail',
  'nb_clicked_mail',
] as const;

export type Feature = (typeof FEATURES)[number];

/** Content kinds whose use is counted, with the event type that counts as use of that kind. */
export const USE_EVENTS = [
  { kind: 'fiche-outils', type: 'download', feature: 'nb_fiche_outils' },
  { kind: 'guide-pratique', type: 'download', feature: 'nb_guide_pratique' },
  { kind: 'contenu', type: 'page_view', feature: null },
] as const;

/** Event types that are counted whatever the content. Rows of type `session` are never mail opens. */
export const COUNTED_EVENTS = [
  { type: 'contenu_vote', feature: 'nb_vote' },
  { type: 'comment_posted', feature: 'nb_comments' },
  { type: 'opened_mail', feature: 'nb_opened_mail' },
  { type: 'click_mail', feature: 'nb_clicked_mail' },
] as const;

/** Every event type of the platform; what has another is counted apart, for its name may have changed. */
export const EVENT_TYPES = [
  'attended',
  'click',
  'click_mail',
  'opened_mail',
  'comment_posted',
  'completed',
  'connexion',
  'download',
  'inscription',
  'register',
  'session',
  'submitted',
  'subscribed',
  'subscription-completed',
  'subscription-ended',
  'page_view',
  'contenu_vote',
  'contenu_favoris',
] as const;

/** Spellings of a content kind found in exports and in `contents.type`, after lower case and `_` → `-`. */
export const KIND_ALIASES: Readonly<Record<string, readonly string[]>> = {
  contenu: ['contenu', 'article'],
  'fiche-outils': ['fiche-outils', 'fiche-outil'],
  'guide-pratique': ['guide-pratique', 'guides-pratiques'],
};
