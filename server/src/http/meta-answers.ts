import {
  type ChangeSet,
  type ChangeSetItem,
  type Locale,
  localize,
  type ModelChange,
  type Plan,
  type Problem,
  type WireAccessChange,
  type WireAccessEffect,
  type WireFinding,
  type WireMetadataProblem,
  type WireModelChange,
  type WirePlanStep,
} from '@trellis/metamodel'

import type { AccessEffect } from '../catalog/access-effect.ts'
import { describeChange } from '../catalog/describe-change.ts'
import type { AccessChange } from '../catalog/diff-access.ts'
import type { Edit, Finding, Preview, StoredChangeSet } from '../catalog/index.ts'
import { needsStages } from '../schema/plan-stages.ts'
import type { SchemaStep } from '../schema/schema-step.ts'
import type { NameUser } from './name-users.ts'

/** A problem in the caller's language. */
export function wireMetadataProblem(
  problem: Problem & { file?: string },
  locale: Locale,
): WireMetadataProblem {
  return { ...problem, message: localize(problem.message, locale) }
}

/** A change in words and by property. */
export function wireChange(
  change: Omit<ModelChange, 'old' | 'new'> & Partial<ModelChange>,
  locale: Locale,
): WireModelChange {
  return {
    kind: change.kind,
    name: change.name,
    op: change.op,
    ...(change.from === undefined ? {} : { from: change.from }),
    summary: describeChange(change, locale),
    properties: change.properties.map(({ path, old, new: now }) => ({
      path,
      old: old ?? null,
      new: now ?? null,
    })),
  }
}

function wireStep(step: SchemaStep, rows: number, locale: Locale): WirePlanStep {
  return {
    kind: step.kind,
    object: step.object,
    ...(step.field === undefined ? {} : { field: step.field }),
    title: step.title[locale],
    sql: step.sql,
    lock: step.lock,
    class: step.class,
    rows: step.class === 'instant' ? 0 : rows,
    reversible: step.isReversible,
    undo: step.undo[locale],
  }
}

function wireFinding(finding: Finding, locale: Locale): WireFinding {
  return { ...finding, message: finding.message[locale] }
}

function wireAccessChange(change: AccessChange, locale: Locale): WireAccessChange {
  const { kind, name, isOpening, isClosing, what, before, after } = change
  return {
    kind,
    name,
    opens: isOpening,
    closes: isClosing,
    what: what[locale],
    before: before[locale],
    after: after[locale],
  }
}

function wireEffect(effect: AccessEffect, locale: Locale): WireAccessEffect {
  const { object, right, isGain, users, records, isMore } = effect
  return {
    object,
    right,
    gains: isGain,
    users,
    records,
    more: isMore,
    text: effect.message[locale],
  }
}

/** A plan in the caller's language. */
export function wirePlan(asked: {
  set: StoredChangeSet
  preview: Preview
  rows: ReadonlyMap<string, number>
  isLarge(table: string): boolean
  locale: Locale
}): Plan {
  const { set, preview, rows, isLarge, locale } = asked
  const { plan, findings, head, access, effects } = preview
  const steps = plan.ready?.steps ?? []
  const isClear =
    plan.ready !== undefined && !findings.some((finding) => finding.severity === 'error')
  return {
    change_set: set.id,
    base_release: set.baseRelease,
    head_release: head.release,
    changes: (plan.ready?.changes ?? []).map((change) => wireChange(change, locale)),
    steps: steps.map((step) => wireStep(step, rows.get(step.table) ?? 0, locale)),
    findings: findings.map((finding) => wireFinding(finding, locale)),
    access: {
      changes: access.map((change) => wireAccessChange(change, locale)),
      effects: effects.map((effect) => wireEffect(effect, locale)),
    },
    problems: plan.problems.map((problem) => wireMetadataProblem(problem, locale)),
    publishable: isClear && set.status === 'open',
    in_steps: needsStages(steps, isLarge),
  }
}

/** A change set with what is wrong with each of its edits. */
export function wireChangeSet(asked: {
  set: StoredChangeSet
  edits: readonly Edit[]
  problems: readonly Problem[]
  current(kind: string, name: string): unknown
  nameUser: NameUser
  locale: Locale
}): ChangeSet {
  const { set, edits, problems, current, nameUser, locale } = asked
  const all = problems.map((problem) => wireMetadataProblem(problem, locale))
  const items = edits.map((edit): ChangeSetItem => ({
    kind: edit.kind,
    name: edit.name,
    op: edit.op,
    definition: edit.op === 'put' ? edit.definition : null,
    current: current(edit.kind, edit.name) ?? null,
    problems: all.filter((problem) => problem.kind === edit.kind && problem.name === edit.name),
  }))
  return {
    id: set.id,
    label: set.label,
    base_release: set.baseRelease,
    status: set.status,
    created_by: nameUser(set.createdBy),
    created_at: set.createdAt,
    updated_at: set.updatedAt,
    items,
    problems: all,
  }
}
