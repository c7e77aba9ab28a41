import type { FieldTypes } from '@trellis/metamodel'

import type { Database, Queryable, Unlisten } from '../db/index.ts'
import { PhysicalMap, type PhysicalNames } from '../schema/physical-map.ts'
import type { Release, ValueSeal } from '../schema/release.ts'
import { compileOnce } from './compile-once.ts'
import { type Head, loadHead } from './component-store.ts'
import { flatten } from './layers.ts'
import { loadLayers } from './load-layers.ts'
import { loadPhysicalNames } from './physical-store.ts'

/** The channel on which processes tell each other that a release was published. */
export const RELEASE_CHANNEL = 'trellis_release'

/** A missed notification heals by this. One small query every two seconds while idle. */
const POLL_MS = 2000

type Listener = (release: Release) => void

/** The release in force, frozen, swapped when a newer one is published by this process or another. */
export class CurrentModel {
  readonly #db: Database
  readonly #schema: string
  readonly #fieldTypes: FieldTypes
  readonly #seal: ValueSeal | undefined
  readonly #listeners = new Set<Listener>()
  #release: Release | undefined
  #refreshing: Promise<void> | undefined
  #unlisten: Unlisten | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param seal what encrypted fields are sealed with; without it they can neither be read nor written */
  constructor(db: Database, schema: string, fieldTypes: FieldTypes, seal?: ValueSeal) {
    this.#db = db
    this.#schema = schema
    this.#fieldTypes = fieldTypes
    this.#seal = seal
  }

  /** The release in force. A request takes it once and keeps it. @throws Error before the first load. */
  get release(): Release {
    if (!this.#release) throw new Error('No release has been loaded yet')
    return this.#release
  }

  /** Whether a release is loaded. */
  get ready(): boolean {
    return this.#release !== undefined
  }

  /** Calls back after every swap. @returns how to stop it. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Loads what is in force and follows it until `stop`. */
  async start(): Promise<void> {
    await this.refresh()
    const again = (): void => void this.refresh().catch(() => undefined)
    this.#unlisten = await this.#db.listen(RELEASE_CHANNEL, again, again)
    this.#timer = setInterval(again, POLL_MS)
    this.#timer.unref()
  }

  /** Stops following. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#unlisten?.()
  }

  /** Looks whether a newer release is in force and swaps to it. Concurrent calls share one look. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#load().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #load(): Promise<void> {
    const head = await loadHead(this.#db, this.#schema)
    if (head.release === 0 || head.release === this.#release?.number) return
    const loaded = await loadRelease(this.#db, this.#schema, head, this.#fieldTypes)
    const release = this.#seal ? { ...loaded, seal: this.#seal } : loaded
    this.#release = release
    for (const listener of this.#listeners) listener(release)
  }
}

/**
 * Compiles a release from what is stored, on the names that are known already or are stored too. What a version of before
 * has let pass stands: the next plan says what is wrong with it.
 * @throws Error if stored metadata cannot be read: a published release always can, unless a plugin is missing.
 */
export async function loadRelease(
  db: Queryable,
  schema: string,
  head: Head,
  fieldTypes: FieldTypes,
  known?: PhysicalNames,
): Promise<Release> {
  const layers = await loadLayers(db, schema, head.release)
  const { standing: model, problems } = await compileOnce(flatten(layers), fieldTypes)
  if (!model) {
    const first = problems.find((problem) => problem.severity === 'error')
    throw new Error(
      `Release ${head.release} does not compile: ${first?.kind} ${first?.name}: ${first?.message['en-US']}`,
    )
  }
  const names = known ?? (await loadPhysicalNames(db, schema))
  return { number: head.release, model, physical: new PhysicalMap(names), derived: new Map() }
}
