import type { Settings, Use } from './settings.ts';
import {
  accountOf,
  artifactBucket,
  bucketOf,
  type Command,
  gcloud,
  KEYS_SECRET,
  type Step,
  type Target,
} from './step.ts';

const ADVICE =
  'You need the role Owner of the project; for a bucket of another project, its owner has to give the role.';

const roleOnProject = (target: Target, member: string, role: string): Command =>
  gcloud(
    target,
    'projects add-iam-policy-binding',
    target.project,
    member,
    `--role=roles/${role}`,
    '--condition=None',
  );

const roleOnBucket = (target: Target, uri: string, member: string, role: string): Command =>
  gcloud(target, 'storage buckets add-iam-policy-binding', uri, member, `--role=roles/${role}`);

/** How an account of a level gets the right to use a thing, if it takes one; only the operator's may write. */
function grant(target: Target, access: Settings['access'], use: Use): Command | null {
  const member = `--member=serviceAccount:${accountOf(target.project, access)}`;
  const artifacts = `gs://${artifactBucket(target.project)}`;
  const [bucketRole, databaseRole] =
    access === 'operator'
      ? ['storage.objectUser', 'datastore.user']
      : ['storage.objectViewer', 'datastore.viewer'];
  const commands: Record<Use, Command | null> = {
    artifacts: roleOnBucket(target, artifacts, member, bucketRole),
    exports: roleOnBucket(target, bucketOf(target.exportsUri), member, 'storage.objectViewer'),
    users: roleOnProject(target, member, databaseRole),
    'users-status': null,
    keys: gcloud(
      target,
      'secrets add-iam-policy-binding',
      KEYS_SECRET,
      member,
      '--role=roles/secretmanager.secretAccessor',
    ),
  };
  return commands[use];
}

/** What Cloud Build needs to read the uploaded source, store the image and write its log. */
const BUILD_ROLES = ['logging.logWriter', 'artifactregistry.writer', 'storage.objectViewer'];

/** The roles of each account: for what the functions of its level use, and no more. */
export function grantSteps(target: Target, settings: readonly Settings[]): Step[] {
  const levels = [...new Set(settings.map(({ access }) => access))];
  const grants = levels.flatMap((access): Step[] => {
    const uses = new Set(settings.filter((its) => its.access === access).flatMap((its) => its.uses));
    const update = [...uses].flatMap((use) => grant(target, access, use) ?? []);
    return update.length === 0
      ? []
      : [{ why: `What the ${access} functions may do`, create: [], update, advice: ADVICE }];
  });
  const builder = `--member=serviceAccount:${accountOf(target.project, 'build')}`;
  const build = BUILD_ROLES.map((role) => roleOnProject(target, builder, role));
  return [...grants, { why: 'What the build may do', create: [], update: build, advice: ADVICE }];
}
