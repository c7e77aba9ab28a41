import { fileURLToPath } from 'node:url'

import { type Config, loadConfig } from '@trellis/server/config'

/** The root of the repository. */
export const ROOT_DIR = fileURLToPath(new URL('../../', import.meta.url))

/**
 * The configuration of a server under test: quiet, on a free port, with a small pool. It ignores
 * the environment of whoever runs the tests.
 *
 * @example testConfig({ DATABASE_URL: url, ADMIN_EMAIL: 'a@b.cn', ADMIN_PASSWORD: 'secret' })
 */
export function testConfig(environment: Readonly<Record<string, string>> = {}): Config {
  return loadConfig({ PORT: '0', POOL_SIZE: '6', LOG_LEVEL: 'silent', ...environment })
}
