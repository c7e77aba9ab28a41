import type { Database } from '../db/index.ts'
import { lastRotation, loadSealKeys, rotateSealKey } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import { KeptAnswers } from './kept-answers.ts'
import { KeyRing, KEYS_REMEMBERED_MS } from './key-ring.ts'
import { SecondFactors } from './second-factors.ts'

/** What became of a change of keys: how many values were sealed anew, or how long it has to wait. */
export type Rotation = { readonly resealed: number } | { readonly waitSeconds: number }

/**
 * Makes a new key and seals everything with it, while servers run. They go on with the key before for a minute at
 * most, and open what is sealed with either; so keys change no faster than that.
 *
 * @param resealRecords seals with the newest key what is in records, and says how many values had another
 */
export async function rotateSeals(
  db: Database,
  release: Release,
  dataDir: string,
  resealRecords: () => Promise<number>,
): Promise<Rotation> {
  const waitMs = (await lastRotation(dataDir)) + 2 * KEYS_REMEMBERED_MS - Date.now()
  if (waitMs > 0) return { waitSeconds: Math.ceil(waitMs / 1000) }
  const ring = await KeyRing.open(() => loadSealKeys(dataDir))
  const reseal = async (): Promise<number> =>
    (await new SecondFactors(db, ring).reseal()) +
    (await new KeptAnswers(db, ring).reseal(release)) +
    (await resealRecords())
  // What a server still sealed with the key that is now to go.
  await reseal()
  await rotateSealKey(dataDir)
  await ring.reload()
  return { resealed: await reseal() }
}
