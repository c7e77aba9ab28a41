import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

const PULSE_MS = 500

/** The parent of a process, or `undefined` when the process is gone or the system does not say. */
async function parentOf(pid) {
  try {
    if (process.platform !== 'linux') {
      const { stdout } = await run('ps', ['-o', 'ppid=', String(pid)])
      return stdout.trim()
    }
    const status = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces; behind it come the state and the parent.
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[1]
  } catch {
    return undefined
  }
}

/**
 * Calls back once the process that started us is gone. npm starts a script through a shell, which
 * outlives it; there, it is the shell's parent that counts.
 *
 * @returns a function that ends the watch.
 */
export async function watchParent(onGone) {
  const parent = process.ppid
  const isBehindShell =
    process.env.npm_lifecycle_event !== undefined && process.platform !== 'win32'
  const grandparent = isBehindShell ? await parentOf(parent) : undefined
  const watch = setInterval(async () => {
    const isOrphan = grandparent !== undefined && (await parentOf(parent)) !== grandparent
    if (process.ppid !== parent || isOrphan) onGone()
  }, PULSE_MS)
  return () => clearInterval(watch)
}
