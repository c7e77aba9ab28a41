import { setTimeout as delay } from 'node:timers/promises'

import { runImport, runUndo } from '../../server/src/imports/index.ts'
import type { Answer, Caller } from '../support/test-server.ts'
import { sendImport } from '../support/upload.ts'
import { call } from './check.ts'
import type { LoadedWorld } from './load-world.ts'
import { fileOf, formOf, type ImportPlan } from './make-imports.ts'

/** What somebody is answered who brings a file and follows the import to its end. */
export interface ImportAnswers {
  /** Of the upload. */
  readonly sent: Answer
  /** The job at its end, and the rows that were not taken; of an upload that was refused, its answer. */
  readonly job: Answer
  readonly report: Answer
}

/** Sends a file, lets the job run as a worker does, and asks what came of it. */
export async function askImport(
  { jobs }: LoadedWorld,
  caller: Caller,
  plan: ImportPlan,
): Promise<ImportAnswers> {
  const sent = await sendImport(caller, fileOf(plan), formOf(plan))
  if (sent.status !== 202) return { sent, job: sent, report: sent }
  const url = urlOf(sent)
  await runImport(jobs, String(sent.body.id), { forMs: 60_000 })
  return { sent, job: await caller.get(url), report: await caller.get(`${url}/errors`) }
}

export function urlOf({ body }: Answer): string {
  return `/api/v1/imports/${String(body.id)}`
}

/** Takes an import back; the caller waits meanwhile for what the worker does. */
export async function askUndo(
  { jobs }: LoadedWorld,
  caller: Caller,
  { body }: Answer,
): Promise<Answer> {
  const id = String(body.id)
  const state = { isAnswered: false }
  const asked = caller.send(call('POST', `/api/v1/imports/${id}/undo`)).finally(() => {
    state.isAnswered = true
  })
  while (!state.isAnswered) {
    await runUndo(jobs, id)
    await delay(10)
  }
  return asked
}
