import { createHash } from 'node:crypto'
import { lstat, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { runPnpm } from './pnpm.mjs'
import { ROOT_DIR } from './root-dir.mjs'

const STAMP = join(ROOT_DIR, 'node_modules', '.trellis-installed')

/** What an installation depends on: the lockfile, and the machine that native packages are for. */
async function fingerprint() {
  const lockfile = await readFile(join(ROOT_DIR, 'pnpm-lock.yaml'))
  const hash = createHash('sha256').update(lockfile)
  return hash.update(`${process.platform} ${process.arch}`).digest('hex')
}

/**
 * Makes `node_modules/.bin/node` the program itself. pnpm writes a shell script there, which npm then
 * starts us through: a process in between that neither passes signals on nor ends with npm.
 */
async function replaceNodeScript() {
  if (process.platform === 'win32') return
  const script = join(ROOT_DIR, 'node_modules', '.bin', 'node')
  const program = join('..', 'node', 'bin', 'node')
  const stats = await lstat(script).catch(() => undefined)
  if (stats === undefined || stats.isSymbolicLink()) return
  await rm(script)
  await symlink(program, script)
}

/** Installs the dependencies unless those of this very lockfile are there. */
export async function installIfNeeded() {
  const wanted = await fingerprint()
  const installed = await readFile(STAMP, 'utf8').catch(() => '')
  if (installed === wanted) return replaceNodeScript()
  process.stderr.write('Installing dependencies\n')
  const { code } = await runPnpm(['install', '--frozen-lockfile', '--prefer-offline'])
  if (code !== 0) process.exit(code)
  await replaceNodeScript()
  await writeFile(STAMP, wanted)
}
