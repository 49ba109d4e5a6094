/** Words that say nothing of a text's subject: they are passed over inside terms, and tell the language. */
export const STOP_WORDS = {
  fr: (
    'a à afin ai ainsi alors après au aucun aussi autre autres aux avant avec avez avons c ce cela celle celles celui ces cet ' +
    'cette ceux chaque chez comme comment d dans de depuis des donc dont du elle elles en encore entre est et eu ils il j je l la ' +
    'le les leur leurs lors lui m ma mais me même mes mon n ne ni nos notre nous on ont ou où par parce pas pendant peu peut peuvent ' +
    'plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se selon ses si son sont sous sur ta te tes ton ' +
    'tous tout toute toutes très tu un une va vers votre vos vous y être avoir fait faire été était sera'
  ).split(' '),
  en: (
    'a about after all also am an and any are as at be because been before being between both but by can could did do does ' +
    'during each for from had has have he her here his how i if in into is it its just let me more most my no nor not of off on ' +
    'one only or other our out over own same she should so some such than that the their them then there these they this those ' +
    'through to too under until up us very was we were what when where which while who whom why will with would you your'
  ).split(' '),
} as const;

/** Languages of texts. */
export type TextLanguage = keyof typeof STOP_WORDS;
