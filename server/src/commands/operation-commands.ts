import { rotateSeals } from '../access/rotate-seals.ts'
import {
  type BrokenLink,
  type Checkpoint,
  checkpointsFile,
  loadCheckpoints,
  noteCheckpoint,
  verifyAudit,
} from '../audit/index.ts'
import { examine } from '../catalog/index.ts'
import type { Installation } from '../installation.ts'
import { resealValues } from '../tenants/reseal-values.ts'
import { pathOf, say, UsageError } from './command.ts'
import { purgeRetired } from './purge-command.ts'

/** Whether the audit log is what it was; or writes down how far it has come. */
export async function audit(
  { db, target, config }: Installation,
  [word, ...options]: readonly string[],
): Promise<number> {
  const { day, file = checkpointsFile(config.dataDir) } = auditOptions(word, options)
  if (word === 'checkpoint') return tellCheckpoint(await noteCheckpoint(db, target.schema, file))
  const checkpoints = await loadCheckpoints(target.schema, file)
  const found = await verifyAudit(db, target.schema, { day, checkpoints })
  const { entries, days, broken, last } = found
  if (broken) {
    say(`Broken at ${broken.day}.${broken.number}: ${BROKEN[broken.fault]}`)
    say(`${entries} entries were read`)
    return 1
  }
  say(`${entries} entries of ${days} days, each in its place`)
  if (last) say(`The last link is ${last.day}.${last.number} ${last.hash}`)
  say(`${checkpoints.length} checkpoints in ${file}`)
  return 0
}

function auditOptions(
  word: string | undefined,
  options: readonly string[],
): { day?: string; file?: string } {
  if (word !== 'verify' && (word !== 'checkpoint' || options.length > 0)) throw new UsageError()
  const found: { day?: string; file?: string } = {}
  for (let at = 0; at < options.length; at += 2) {
    const [option, value] = [options[at], options[at + 1]]
    if (option === '--checkpoints') found.file = pathOf(value)
    else if (option === '--day' && value !== undefined && DAY.test(value)) found.day = value
    else throw new UsageError()
  }
  return found
}

const DAY = /^\d{4}-\d\d-\d\d$/

function tellCheckpoint(checkpoint: Checkpoint | undefined): number {
  if (checkpoint) say(`${checkpoint.day}.${checkpoint.number} ${checkpoint.hash}`)
  else say('The audit log is empty')
  return 0
}

const BROKEN: Readonly<Record<BrokenLink['fault'], string>> = {
  altered: 'the entry is not the one that was written there',
  missing: 'the entry is gone',
  surplus: 'nobody wrote the entry',
  previous: 'the day does not begin with the last link of the day before',
  remade: 'the log up to here is another than the one of the checkpoint',
}

/** A new key for what is sealed. */
export async function secrets(
  { db, currentModel, config, platform }: Installation,
  [word, ...rest]: readonly string[],
): Promise<number> {
  if (word !== 'rotate' || rest.length > 0) throw new UsageError()
  const rotation = await rotateSeals(db, currentModel.release, config.dataDir, () =>
    resealValues(platform.nodes, config.dataDir),
  )
  if ('waitSeconds' in rotation) {
    say(`The key was changed a moment ago: wait ${rotation.waitSeconds} seconds`)
    return 1
  }
  say(`There is a new key; ${rotation.resealed} values were sealed anew`)
  return 0
}

/** Drops for good what has been out of use for long. */
export async function purgeOld(
  installation: Installation,
  [option = '--days', days = '30', ...more]: readonly string[],
): Promise<number> {
  if (option !== '--days' || !/^\d{1,5}$/.test(days) || more.length > 0) throw new UsageError()
  for (const line of await purgeRetired(installation, Number(days))) say(line)
  return 0
}

/** Tells where metadata, tables and indexes disagree. */
export async function doctor({ db, target }: Installation): Promise<number> {
  const found = await examine(db, target.schema, target.fieldTypes)
  for (const one of found) say(`  ${one.code} ${one.place}: ${one.message['en-US']}`)
  say(found.length === 0 ? 'Metadata, tables and indexes agree' : `${found.length} disagreements`)
  return found.length === 0 ? 0 : 1
}
