import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
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
  const secret = makeSecret()
  await writeSecrets(dataDir, { ...secrets, [name]: secret })
  return secret
}

/** The key that seals what is kept, and the one before it while there are values of its time. */
const SEAL_KEY = 'cookie_key'
const SEAL_KEY_BEFORE = 'cookie_key_before'
const ROTATED_AT = 'cookie_key_rotated_at'

/** The keys that open what is sealed, the one that seals first; made at the first call. */
export async function loadSealKeys(dataDir: string): Promise<Buffer[]> {
  const newest = await loadSecret(dataDir, SEAL_KEY)
  const { [SEAL_KEY_BEFORE]: before } = await readSecrets(join(dataDir, FILE))
  return [newest, before].flatMap((key) => (key === undefined ? [] : Buffer.from(key, 'base64url')))
}

/** The same keys at once, once they are made: for what cannot wait. @throws Error if there is no readable file */
export function readSealKeys(dataDir: string): Buffer[] {
  const secrets = JSON.parse(readFileSync(join(dataDir, FILE), 'utf8')) as Record<string, string>
  return [secrets[SEAL_KEY], secrets[SEAL_KEY_BEFORE]].flatMap((key) =>
    key === undefined ? [] : Buffer.from(key, 'base64url'),
  )
}

/** When the key that seals was changed, in milliseconds; long ago if it never was. */
export async function lastRotation(dataDir: string): Promise<number> {
  const { [ROTATED_AT]: at } = await readSecrets(join(dataDir, FILE))
  return at === undefined ? 0 : Date.parse(at)
}

/** Makes a new key to seal with. The one so far still opens; the one before that is gone. */
export async function rotateSealKey(dataDir: string): Promise<void> {
  const before = await loadSecret(dataDir, SEAL_KEY)
  const secrets = await readSecrets(join(dataDir, FILE))
  await writeSecrets(dataDir, {
    ...secrets,
    [SEAL_KEY]: makeSecret(),
    [SEAL_KEY_BEFORE]: before,
    [ROTATED_AT]: new Date().toISOString(),
  })
}

function makeSecret(): string {
  return randomBytes(32).toString('base64url')
}

async function writeSecrets(
  dataDir: string,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const path = join(dataDir, FILE)
  await mkdir(dataDir, { recursive: true })
  // Written aside and renamed: a crash leaves the old secrets or the new, never half a file.
  const aside = `${path}.${randomBytes(4).toString('hex')}`
  await writeFile(aside, `${JSON.stringify(secrets, null, 2)}\n`, {
    mode: 0o600,
  })
  await rename(aside, path)
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
