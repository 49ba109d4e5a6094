import { ARCHETYPES, type ClusterId } from '../clustering/archetypes.ts';

/** What to offer the users of a cluster, and how. */
export interface Recommendations {
  readonly cluster_name: string;
  readonly strategy: string;
  readonly recommended_content_types: readonly string[];
  readonly engagement_approach: string;
  readonly description: string;
  readonly next_steps: string;
  readonly fr: { readonly strategy: string; readonly description: string; readonly next_steps: string };
}

const STRATEGIES = [
  {
    strategy: 'Varied and balanced content approach',
    recommended_content_types: ['tool_sheets', 'practical_guides', 'webinars'],
    engagement_approach: 'maintain_steady_engagement',
    next_steps: 'Offer one new content a week, alternating formats and themes.',
    fr: {
      strategy: 'Des contenus variés et équilibrés',
      next_steps: 'Proposer un nouveau contenu par semaine, en alternant formats et thèmes.',
    },
  },
  {
    strategy: 'Gentle transition from email to platform content',
    recommended_content_types: ['tool_sheets', 'infographics', 'short_videos'],
    engagement_approach: 'convert_to_content_consumption',
    next_steps: 'Put one short content with a direct link into each mail.',
    fr: {
      strategy: "Passer en douceur de l'e-mail aux contenus de la plateforme",
      next_steps: 'Mettre dans chaque e-mail un contenu court avec un lien direct.',
    },
  },
  {
    strategy: 'Advanced content and latest innovations',
    recommended_content_types: ['expert_training', 'advanced_guides', 'cutting_edge_tools'],
    engagement_approach: 'satisfy_high_expertise_needs',
    next_steps: 'Announce new contents first to them, and invite them to contribute.',
    fr: {
      strategy: 'Contenus avancés et dernières innovations',
      next_steps: 'Leur annoncer les nouveautés en premier et les inviter à contribuer.',
    },
  },
  {
    strategy: 'Re-engagement with accessible entry-point content',
    recommended_content_types: ['quick_videos', 'simple_checklists', 'visual_infographics'],
    engagement_approach: 'anti_churn_activation',
    next_steps: 'Send one simple, ready-to-use content, then stay quiet until it is opened.',
    fr: {
      strategy: "Réengager avec des contenus d'accès facile",
      next_steps: 'Envoyer un contenu simple, prêt à l’emploi, puis attendre qu’il soit ouvert.',
    },
  },
] as const;

/** The recommendations for a cluster. */
export function recommend(id: ClusterId): Recommendations {
  const { name, description, fr } = ARCHETYPES[id];
  const { fr: translated, ...strategy } = STRATEGIES[id];
  return { cluster_name: name, ...strategy, description, fr: { ...translated, description: fr.description } };
}
