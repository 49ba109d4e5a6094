import type { Draw } from './random.ts';

/** What a sample user does over their lifetime: how many events of each kind. */
export interface Behaviour {
  opened: number;
  sessions: number;
  clicked: number;
  fiches: number;
  guides: number;
  articles: number;
  kits: number;
  votes: number;
  comments: number;
  other: number;
}

interface Segment {
  share: number;
  /** [chance of any, median, sigma] of a log-normal count. */
  opened: [number, number, number];
  clickRate: number;
  content: [number, number, number];
  kits: number;
}

/** Four latent segments whose mixture meets the platform's published marginals. */
const SEGMENTS: readonly Segment[] = [
  { share: 0.25, opened: [0.92, 22, 1.1], clickRate: 0.115, content: [0.86, 4.8, 0.85], kits: 3 },
  { share: 0.2, opened: [1, 88, 0.72], clickRate: 0.09, content: [0.1, 1.6, 0.6], kits: 1.2 },
  { share: 0.045, opened: [0.97, 48, 1.1], clickRate: 0.26, content: [1, 39, 0.9], kits: 14 },
  { share: 0.505, opened: [0.82, 4.1, 0.85], clickRate: 0.07, content: [0.13, 1.5, 0.5], kits: 1.1 },
];

/** Draws one user's behaviour. */
export function drawBehaviour(draw: Draw): Behaviour {
  const none: Behaviour = {
    opened: 0,
    sessions: 0,
    clicked: 0,
    fiches: 0,
    guides: 0,
    articles: 0,
    kits: 0,
    votes: 0,
    comments: 0,
    other: 0,
  };
  if (draw.chance(0.04)) return none;
  const segment = SEGMENTS[draw.weighted(SEGMENTS.map((s) => s.share))] as Segment;
  const [anyMail, mailMedian, mailSigma] = segment.opened;
  const opened = draw.chance(anyMail) ? Math.max(1, draw.count(mailMedian, mailSigma, 1658)) : 0;
  const [anyContent, contentMedian, contentSigma] = segment.content;
  const used = draw.chance(anyContent) ? Math.max(1, draw.count(contentMedian, contentSigma, 2500)) : 0;
  const fiches = draw.binomial(used, 0.38);
  const guides = draw.binomial(used - fiches, 0.19);
  const clicks = opened * Math.min(1, segment.clickRate * Math.exp(0.9 * draw.normal()));
  return {
    opened,
    sessions: draw.binomial(opened, 0.87),
    clicked: Math.floor(clicks + draw.uniform() * 0.75),
    fiches,
    guides,
    articles: used - fiches - guides,
    kits: draw.count(segment.kits, 0.8, 900),
    votes: draw.binomial(used, 0.01),
    comments: draw.binomial(used, 0.004),
    other: 1 + draw.count(1.6, 0.9, 400),
  };
}
