import {
  type ChangeSet,
  type ChangeSetItem,
  type Locale,
  localize,
  type LocalizedText,
  type Model,
  type ModelChange,
  type Plan,
  type Problem,
  type WireAccessChange,
  type WireAccessEffect,
  type WireFinding,
  type WireMetadataProblem,
  type WireModelChange,
  type WirePlanStep,
  type WireTestRun,
} from '@trellis/metamodel'

import type { AccessEffect } from '../catalog/access-effect.ts'
import { describeChange } from '../catalog/describe-change.ts'
import type { AccessChange } from '../catalog/diff-access.ts'
import type { Edit, Finding, Preview, StoredChangeSet, TestRun } from '../catalog/index.ts'
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
    ...(change.follows ? { follows: true } : {}),
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

const WORST_FIRST = ['failed', 'not_run', 'passed'] as const

/** What became of tests, in the caller's language. */
export function wireTests(
  { outcomes, ms }: TestRun,
  { components }: Model,
  locale: Locale,
): WireTestRun {
  const labels = new Map(
    components
      .filter(({ kind }) => kind === 'test')
      .map(({ name, definition }) => [name, (definition as { label?: LocalizedText }).label]),
  )
  const count = (wanted: string): number =>
    outcomes.filter(({ status }) => status === wanted).length
  return {
    passed: count('passed'),
    failed: count('failed'),
    not_run: count('not_run'),
    ms,
    tests: outcomes
      .map((one) => ({
        ...one,
        label: localize(labels.get(one.name), locale, one.name),
        failures: one.failures.map(({ path, message }) => ({ path, message: message[locale] })),
      }))
      .toSorted((a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status)),
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
  const { plan, findings, head, access, effects, tests } = preview
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
    tests: tests && plan.ready ? wireTests(tests, plan.ready.model, locale) : null,
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
