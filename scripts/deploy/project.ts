import {
  accountOf,
  artifactBucket,
  bucketOf,
  DATABASE,
  firebase,
  gcloud,
  KEYS_SECRET,
  type Step,
  type Target,
} from './step.ts';

const APIS = [
  'artifactregistry',
  'cloudbuild',
  'cloudfunctions',
  'cloudscheduler',
  'firebase',
  'firebasehosting',
  'firebaserules',
  'firestore',
  'iam',
  'iamcredentials',
  'run',
  'secretmanager',
  'storage',
];

/** Our service accounts: one for each level of trust, the scheduler's identity, and the one that builds. */
const ACCOUNTS = {
  public: 'Functions that anyone may call',
  client: 'Function that reads profiles',
  operator: 'Function that recomputes',
  scheduler: 'Identity of the nightly job, without any role',
  build: 'Builds the functions',
};

/** How a client key is made, for those who have none. */
const HOW_TO_MAKE_A_KEY = `No client key is set. Make one and keep it for the client: key=$(openssl rand -base64 32); write its hash: printf %s "$key" | sha256sum | cut -d" " -f1 > keys.sha256; then deploy again with --client-keys keys.sha256.`;

const visible = (target: Target): Step => ({
  why: `The project ${target.project} can be reached`,
  exists: gcloud(target, 'projects describe', target.project),
  create: [],
  update: [],
  missing: `There is no project ${target.project}: create it, with billing, in the Google Cloud console.`,
  advice: 'Sign in with "gcloud auth login" as an owner of the project, and check its name.',
});

const services = (target: Target): Step => ({
  why: 'The interfaces of Google Cloud that are used',
  create: [],
  update: [gcloud(target, 'services enable', ...APIS.map((name) => `${name}.googleapis.com`))],
  advice: 'The project needs a billing account, and you its role Owner.',
});

function account(target: Target, [role, description]: [string, string]): Step {
  const email = accountOf(target.project, role);
  return {
    why: `Service account ${role}`,
    exists: gcloud(target, 'iam service-accounts describe', email),
    create: [
      gcloud(
        target,
        'iam service-accounts create',
        `etreprof-${role}`,
        `--display-name=ÊtrePROF ${role}`,
        `--description=${description}`,
      ),
    ],
    update: [],
    advice: 'You need the role Owner, or Service Account Admin.',
  };
}

/** A private bucket; without soft delete, so that what is forgotten is gone when its last version is. */
function bucket(target: Target, why: string, uri: string, lifecycle: string, versioning: boolean): Step {
  const rules = [
    '--uniform-bucket-level-access',
    '--public-access-prevention',
    `--lifecycle-file=scripts/deploy/${lifecycle}`,
  ];
  const update = gcloud(
    target,
    'storage buckets update',
    uri,
    ...rules,
    '--clear-soft-delete',
    versioning ? '--versioning' : '--no-versioning',
  );
  const create = gcloud(target, 'storage buckets create', uri, `--location=${target.region}`, ...rules);
  return {
    why,
    exists: gcloud(target, 'storage buckets describe', uri),
    create: [create, update],
    update: [update],
    advice: 'If the name is taken by someone else, bucket names being global, use another project name.',
  };
}

function database(target: Target): Step[] {
  const at = `--database=${DATABASE}`;
  return [
    {
      why: 'Firestore database for users, runs and the lease',
      exists: gcloud(target, 'firestore databases describe', at),
      create: [
        gcloud(
          target,
          'firestore databases create',
          at,
          `--location=${target.region}`,
          '--type=firestore-native',
          '--delete-protection',
        ),
      ],
      update: [],
      advice: 'A project has one (default) database, in one place for ever: it must be in native mode.',
    },
    {
      why: 'No index on the entries of users: they are never searched, and indexes would triple each write',
      create: [],
      update: [
        gcloud(
          target,
          'firestore indexes fields update entries',
          '--collection-group=users',
          at,
          '--disable-indexes',
        ),
      ],
      advice: 'If another change of the index is under way, wait until it ends and deploy again.',
    },
    {
      why: 'Firestore rules: browsers and apps reach nothing',
      create: [],
      update: [firebase(target, 'deploy', '--only=firestore:rules')],
      advice: `Sign in with "firebase login"; if the project has no Firebase yet, run "firebase projects:addfirebase ${target.project}" once.`,
    },
  ];
}

/** The secret of the client keys, and its newest version. */
export function keySteps(target: Target): Step[] {
  const advice = 'You need the role Owner, or Secret Manager Admin.';
  const secret: Step = {
    why: 'Secret for the hashes of the client keys',
    exists: gcloud(target, 'secrets describe', KEYS_SECRET),
    create: [gcloud(target, 'secrets create', KEYS_SECRET, '--replication-policy=automatic')],
    update: [],
    advice,
  };
  const newest: Step =
    target.clientKeys === null
      ? {
          why: 'A client key is set',
          exists: gcloud(target, 'secrets versions describe latest', `--secret=${KEYS_SECRET}`),
          create: [],
          update: [],
          missing: HOW_TO_MAKE_A_KEY,
          advice,
        }
      : {
          why: `The client keys of ${target.clientKeys}`,
          create: [],
          update: [gcloud(target, 'secrets versions add', KEYS_SECRET, `--data-file=${target.clientKeys}`)],
          advice,
        };
  return [secret, newest];
}

/** What has to be in the project before a function can be deployed, roles apart. */
export function projectSteps(target: Target): Step[] {
  const artifacts = `gs://${artifactBucket(target.project)}`;
  const exports = bucketOf(target.exportsUri);
  return [
    visible(target),
    services(target),
    ...keySteps(target),
    ...Object.entries(ACCOUNTS).map((entry) => account(target, entry)),
    bucket(
      target,
      'Bucket of the artifacts, old versions kept for a week',
      artifacts,
      'artifacts-lifecycle.json',
      true,
    ),
    ...(target.ownsExports
      ? [
          bucket(
            target,
            'Bucket of the exports, each kept for a month',
            exports,
            'exports-lifecycle.json',
            false,
          ),
        ]
      : []),
    ...database(target),
  ];
}
