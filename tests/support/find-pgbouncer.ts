import { existsSync } from 'node:fs'

const PROGRAMS = [process.env['PGBOUNCER'], '/usr/sbin/pgbouncer', '/usr/local/bin/pgbouncer']

/** Whether this machine has a pgbouncer; Debian's package is `pgbouncer`. */
export function findPgbouncer(): string | undefined {
  return PROGRAMS.find((path) => path !== undefined && path !== '' && existsSync(path))
}
