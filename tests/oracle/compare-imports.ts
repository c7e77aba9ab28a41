import { isDeepStrictEqual } from 'node:util'

import type { Answer, Caller } from '../support/test-server.ts'
import { sendForm } from '../support/upload.ts'
import { askImport, askUndo, type ImportAnswers, urlOf } from './ask-imports.ts'
import { savingOf } from './attempt.ts'
import { compareIds, expectStatus } from './check.ts'
import { type Comparison, count, normalise, report } from './compare.ts'
import type { TableGuard } from './guard-tables.ts'
import { type ImportVerdict, judgeImport, type RowVerdict, viewAfter } from './judge-imports.ts'
import type { LoadedWorld } from './load-world.ts'
import { fileOf, formOf, type ImportPlan, makeImport } from './make-imports.ts'
import { unlessTwin } from './make-twins.ts'
import type { Random } from './random.ts'
import type { Verdict } from './saving.ts'
import type { View } from './view.ts'
import type { Asker, WorldRecord } from './world.ts'

/** Who imports, where, and where it is kept what came of it. */
export interface ImportParts {
  readonly loaded: LoadedWorld
  readonly guard: TableGuard
  readonly found: Comparison
  readonly view: View
  readonly asker: Asker
  readonly caller: Caller
}

/** How often the first rows of a file are looked at before it is imported. */
const LOOKS = 0.3
/** How often somebody who may not import tries it all the same. */
const TRIES = 0.15

/** Lets somebody import a file, and take it back, and holds each row against what the rules say. */
export async function compareImport(parts: ImportParts, random: Random): Promise<void> {
  const { loaded, guard, view, asker, caller } = parts
  const mayImport = view.rules.has('import', view.actor)
  const plan = mayImport || random.chance(TRIES) ? makeImport(view, random) : undefined
  if (plan === undefined) return
  if (random.chance(LOOKS)) await comparePreview(parts, plan)
  const verdict = judgeImport(view, asker, plan)
  const answers = await askImport(loaded, caller, plan)
  const request = `${JSON.stringify(formOf(plan))}\n${fileOf(plan)}`
  say(parts, plan, request, [
    ...judgeAnswers(verdict, answers),
    ...tells(view, request, answers),
    ...(await judgeTables(guard, view, plan, verdict)),
  ])
  if (answers.sent.status === 202) {
    await compareOthers(parts, answers.sent, random)
    const isDone = verdict.created.length + verdict.updated.length > 0
    if (!plan.isDryRun && isDone && random.chance(0.6)) {
      await compareUndo(parts, { plan, verdict, sent: answers.sent })
    }
  }
  await guard.restore()
}

/** Whoever may import is shown their own file, and nothing else. */
async function comparePreview(parts: ImportParts, plan: ImportPlan): Promise<void> {
  const { found, view, caller } = parts
  const mayImport = view.rules.has('import', view.actor)
  const answer = await sendForm(caller, '/api/v1/imports/preview', { file: fileOf(plan) })
  found.requests += 1
  count(found, 'import', 1)
  const { columns, rows: lines } = plan
  const rows = lines.map((row) => columns.map(({ field }) => row[field] ?? ''))
  const expected = { header: columns.map(({ field }) => field), rows, is_cut: false }
  const isSame = !mayImport || isDeepStrictEqual(answer.body, expected)
  const status = expectStatus(answer, mayImport ? 200 : 403)
  const problems = isSame ? status : [...status, answer.text]
  if (problems.length > 0) report(parts, 'import', fileOf(plan), problems)
}

function say(
  { found, ...parts }: ImportParts,
  plan: ImportPlan,
  request: string,
  problems: readonly string[],
): void {
  found.requests += 3
  count(found, 'import', 1 + plan.rows.length)
  if (problems.length > 0) report({ ...parts, found }, 'import', request, problems)
}

function judgeAnswers(
  verdict: ImportVerdict,
  { sent, job, report: file }: ImportAnswers,
): string[] {
  const status = expectStatus(sent, verdict.status)
  if (status.length > 0 || verdict.status !== 202) return status
  const numberOf = (one: RowVerdict): number => verdict.rows.filter((row) => row === one).length
  const counts = (['created', 'updated', 'skipped', 'failed'] as const).flatMap((one) =>
    job.body[one] === numberOf(one)
      ? []
      : [`${String(job.body[one])} are ${one} instead of ${numberOf(one)}`],
  )
  const told = (job.body.errors as { row: number }[]).map(({ row }) => String(row))
  const expected = verdict.rows.flatMap((row, at) =>
    row === 'failed' || row === 'skipped' ? [String(at + FIRST_ROW)] : [],
  )
  const lines = file.text.trim().split('\r\n').length - 1
  const rows = [
    ...compareIds(expected, [...new Set(told)]),
    ...(lines === expected.length ? [] : [`${lines} instead of ${expected.length} are reported`]),
  ]
  const isRight = counts.length + rows.length === 0
  const why = isRight ? [] : [`${verdict.rows.join()} ${JSON.stringify(job.body.errors)}`]
  return [...counts, ...rows.map((one) => `in the report: ${one}`), ...why]
}

/** As a spreadsheet counts them, after the header. */
const FIRST_ROW = 2

function tells(view: View, request: string, { sent, job, report: file }: ImportAnswers): string[] {
  const text = [sent, job, file].map((answer) => answer.text).join('\n')
  return view.leaks(text, request).map((token) => `tells ${token}`)
}

/** What was written: the records that the rules say, and no others; of a dry run nothing. */
async function judgeTables(
  guard: TableGuard,
  view: View,
  { object, isDryRun }: ImportPlan,
  { created, updated, after }: ImportVerdict,
): Promise<string[]> {
  const written = await guard.differing(view.world.objects.map(({ name }) => name))
  const own = written.get(object) ?? []
  const known = own.filter((id) => view.rules.record(id) !== undefined)
  const made = own.length - known.length
  const expected = isDryRun ? [] : updated.filter(([next, was]) => isOther(next, was))
  const follows = isDryRun ? [] : after.world.records.filter((one) => isComputedAnew(view, one))
  const allowed = new Set([...expected.map(([{ id }]) => id), ...follows.map(({ id }) => id)])
  return [
    ...(made === (isDryRun ? 0 : created.length) ? [] : [`${made} records were made`]),
    ...expected
      .filter(([{ id }]) => !known.includes(id))
      .map(([{ id }]) => `${id} was not written`),
    ...[...written.values()]
      .flat()
      .filter((id) => view.rules.record(id) !== undefined && !allowed.has(id))
      .map((id) => `${id} was written`),
  ]
}

function isOther(next: WorldRecord, was: WorldRecord): boolean {
  const names = Object.keys(next.values)
  return (
    next.owner !== was.owner ||
    names.some((name) => (next.values[name] ?? null) !== (was.values[name] ?? null))
  )
}

function isComputedAnew(view: View, record: WorldRecord): boolean {
  const before = view.rules.record(record.id)
  return before !== undefined && isOther(record, before)
}

/** An import is told to who brought it, and not to a key of theirs that is narrower than what brought it. */
async function compareOthers(parts: ImportParts, sent: Answer, random: Random): Promise<void> {
  const { loaded, asker, found, view } = parts
  const { askers } = loaded.world
  const same = askers.filter((one) => one !== asker && one.user === asker.user)
  const other = random.maybe(same, 0.7) ?? random.pick(askers)
  const caller = loaded.callers[askers.indexOf(other)]
  const actor = view.rules.actor(other)
  if (!caller || !actor) return
  const isOwn =
    other.user === asker.user && (other.within === null || other.within === asker.within)
  const isSeen = isOwn || view.rules.has('modify_all_data', actor)
  const answer = await caller.get(urlOf(sent))
  const list = await caller.get('/api/v1/imports')
  found.requests += 2
  count(found, 'import', 2)
  const mayImport = view.rules.has('import', actor)
  const listed = (list.body.imports as { id: string }[] | undefined)?.map(({ id }) => id) ?? []
  const problems = [
    ...expectStatus(answer, usual(mayImport, isSeen)),
    ...expectStatus(list, mayImport ? 200 : 403),
    ...(listed.includes(String(sent.body.id)) === (mayImport && isSeen)
      ? []
      : ['is listed, or not']),
  ]
  if (problems.length > 0) report({ ...parts, asker: other }, 'import', urlOf(sent), problems)
  if (mayImport && !isSeen) {
    const absent = await caller.get(`/api/v1/imports/${random.id()}`)
    const isAlike = normalise(absent) === normalise(answer)
    if (!isAlike) report(parts, 'absence', urlOf(sent), [answer.text])
  }
}

function usual(mayImport: boolean, isSeen: boolean): number {
  if (!mayImport) return 403
  return isSeen ? 200 : 404
}

interface Undoing {
  readonly plan: ImportPlan
  readonly verdict: ImportVerdict
  readonly sent: Answer
}

/** What is taken back is judged as any change: values that were, and the recycle bin for what was made. */
async function compareUndo(parts: ImportParts, { plan, verdict, sent }: Undoing): Promise<void> {
  const { loaded, found, guard, asker, caller, view } = parts
  const saving = savingOf(verdict.after)
  const { actor } = verdict.after
  const back = verdict.updated.filter(
    ([next, was]) =>
      unlessTwin(verdict.after, saving.update(actor, next, was), was, next) === 'done',
  )
  const between = viewAfter(
    verdict.after,
    asker,
    back.map(([, was]) => was),
  )
  const removing = (one: WorldRecord): Verdict =>
    savingOf(between).remove(between.actor, between.rules.record(one.id) ?? one)
  const removed = verdict.created.filter((one) => removing(one) === 'done')
  // What is out of sight counts as what is not there.
  const absent = verdict.created.filter((one) => removing(one) === 'absent')
  const after = viewAfter(
    between,
    asker,
    removed.map((one) => ({ ...one, isDeleted: true })),
  )
  const answer = await askUndo(loaded, caller, sent)
  const undone = back.length + removed.length + absent.length
  const left = verdict.created.length + verdict.updated.length - undone
  found.requests += 1
  count(found, 'import undone', undone + left)
  const text = `Undone: ${undone} records${left > 0 ? `; ${left} have` : ''}`
  const notes = ((answer.body?.notes ?? []) as string[]).join('; ')
  const follows = after.world.records.filter((one) => isComputedAnew(view, one))
  const stays = new Set(follows.map(({ id }) => id))
  const others = (await guard.differing([plan.object], 'as told')).get(plan.object) ?? []
  const known = others.filter((id) => view.rules.record(id) !== undefined && !stays.has(id))
  const problems = [
    ...expectStatus(answer, 200),
    ...(notes.includes(text)
      ? []
      : [`${notes} instead of ${text}: ${JSON.stringify(answer.body?.errors)}`]),
    ...known.map((id) => `${id} is not as it was`),
    ...view.leaks(answer.text, fileOf(plan)).map((token) => `tells ${token}`),
  ]
  const request = `undo of ${JSON.stringify(formOf(plan))}\n${fileOf(plan)}`
  if (problems.length > 0) report(parts, 'import undone', request, problems)
}
