import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { ArtifactStore } from './artifacts.ts';
import { LocalArtifacts } from './local/artifacts.ts';
import { LocalUsers } from './local/users.ts';
import { Published } from './published.ts';
import type { UserStore } from './users.ts';

/** The artifact store of this configuration. */
export const openArtifacts = (config: Config): ArtifactStore =>
  new LocalArtifacts(join(config.localDir, 'artifacts'));

/** The user store of this configuration. */
export const openUsers = (config: Config): UserStore => new LocalUsers(join(config.localDir, 'store'));

/** The published model of this configuration, cached in the instance. */
export const openPublished = (config: Config): Published =>
  new Published(openArtifacts(config), config.revalidateMs, () => performance.now());
