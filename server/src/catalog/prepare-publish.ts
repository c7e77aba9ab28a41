import type { FieldTypes } from '@trellis/metamodel'

import type { Reader } from '../access/reader.ts'
import type { Database, Transaction } from '../db/index.ts'
import type { AssignedNames } from '../schema/assign-names.ts'
import { PhysicalMap, type PhysicalNames } from '../schema/physical-map.ts'
import { hasTrigram } from '../schema/read-catalog.ts'
import type { Release } from '../schema/release.ts'
import type { AccessEffect } from './access-effect.ts'
import type { Head } from './component-store.ts'
import { loadRelease } from './current-model.ts'
import { type AccessChange, diffAccess } from './diff-access.ts'
import { findAccessObstacles, findLastAdministrator, findTooWide } from './find-access-obstacles.ts'
import { findObstacles } from './find-obstacles.ts'
import { flatten, type Layers } from './layers.ts'
import type { Finding } from './obstacle.ts'
import { loadPhysicalNames } from './physical-store.ts'
import { planPublish, type PublishPlan } from './plan-publish.ts'
import { renameBase } from './rename-base.ts'
import type { Testing, TestRun } from './testing.ts'

/** Where metadata is published. */
export interface PublishTarget {
  db: Database
  schema: string
  fieldTypes: FieldTypes
  /** From how many rows on a table is so large that it is published in steps; 10,000 if left out. */
  largeFrom?: number
  /** Runs the tests of what is to be published; without it, none are run. */
  testing?: Testing
}

/** A plan with what was found in live data. */
export interface PreparedPublish {
  /** The release in force, under the names that things are to have; undefined on an empty tenant. */
  current: Release | undefined
  plan: PublishPlan
  findings: Finding[]
  /** What changes about who may see and do what. */
  access: AccessChange[]
}

/** What publishing would do, for people to decide on. */
export interface Preview extends PreparedPublish {
  head: Head
  /** What that means for people and records, as far as it was counted. */
  effects: AccessEffect[]
  /** What became of the tests of what is to be published; undefined if none were run. */
  tests: TestRun | undefined
}

/** What is to be published, on what, by whom. */
export interface PublishAsked {
  head: Head
  next: Layers
  isRestoring: boolean
  /** Nobody in particular may give everything: the house itself, or its administrator at the command line. */
  publisher: Reader | undefined
}

/** Plans a publish against the release in force. Reads only. */
export async function planOn(
  tx: Transaction,
  { schema, fieldTypes }: PublishTarget,
  asked: Pick<PublishAsked, 'head' | 'next' | 'isRestoring'> & { assigned?: AssignedNames },
): Promise<{ current: Release | undefined; plan: PublishPlan; names: PhysicalNames }> {
  const { head, next, isRestoring, assigned } = asked
  const stored = await loadPhysicalNames(tx, schema)
  const inForce =
    head.release === 0 ? undefined : await loadRelease(tx, schema, head, fieldTypes, stored)
  const components = flatten(next)
  const { current, names, before } = await renameBase(
    { current: inForce, names: stored },
    components,
  )
  const plan = await planPublish(components, {
    model: current?.model,
    ...(before ? { before, was: inForce?.model } : {}),
    names,
    abilities: { hasTrigram: await hasTrigram(tx) },
    fieldTypes,
    isRestoring,
    ...(assigned ? { assigned } : {}),
  })
  return { current, plan, names }
}

/** Plans a publish and asks live data what stands against it. Reads only; the preview and the publish begin alike. */
export async function preparePublish(
  tx: Transaction,
  target: PublishTarget,
  { publisher, ...asked }: PublishAsked,
): Promise<PreparedPublish> {
  const { current, plan, names } = await planOn(tx, target, asked)
  if (!plan.ready) return { current, plan, findings: [], access: [] }
  const physical = new PhysicalMap(names)
  const found = await findObstacles(tx, {
    plan: plan.ready,
    current: current?.model,
    physical,
    reader: publisher,
  })
  if (!current) return { current, plan, findings: found, access: [] }
  const access = diffAccess(current.model, plan.ready.model)
  const findings = [
    ...found,
    ...(await findAccessObstacles(tx, { current, reader: publisher }, plan.ready.changes)),
    ...(await findLastAdministrator(tx, current, plan.ready)),
    ...(publisher ? findTooWide(publisher.actor.rights, access) : []),
  ]
  return { current, plan, findings, access }
}
