import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const FILE = 'secrets.json'

/**
 * A secret of this installation, kept in `secrets.json` of the data directory and made at the
 * first call: 256 random bits.
 *
 * @example await loadSecret(config.dataDir, 'postgres_password')
 */
export async function loadSecret(dataDir: string, name: string): Promise<string> {
  const path = join(dataDir, FILE)
  const secrets = await readSecrets(path)
  const known = secrets[name]
  if (known !== undefined) return known
  const secret = randomBytes(32).toString('base64url')
  await mkdir(dataDir, { recursive: true })
  // Written aside and renamed: a crash leaves the old secrets or the new, never half a file.
  const aside = `${path}.${randomBytes(4).toString('hex')}`
  await writeFile(aside, `${JSON.stringify({ ...secrets, [name]: secret }, null, 2)}\n`, {
    mode: 0o600,
  })
  await rename(aside, path)
  return secret
}

async function readSecrets(path: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return {}
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${path} is not valid JSON; restore it from a backup`, { cause: error })
  }
}
