import { resolve } from 'node:path'

import type { Config } from '../config.ts'
import type { Installation, Platform } from '../installation.ts'

/**
 * A command of `npm run crm`: what it takes, what it does: with the data of a tenant, with all tenants, or alone. It
 * answers the exit code.
 */
export type Command = { usage: string } & (
  | { run(installation: Installation, args: readonly string[]): Promise<number> }
  | { runAbove(platform: Platform, args: readonly string[]): Promise<number> }
  | { runAlone(config: Config, args: readonly string[]): Promise<number> }
)

/** The words of the command were not understood. */
export class UsageError extends Error {}

/** Says a line to who typed the command. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Says lines; none at all mean that the words were not understood. @throws UsageError */
export function tell(lines: readonly string[] | undefined): number {
  if (!lines) throw new UsageError()
  for (const line of lines) say(line)
  return 0
}

/** A path as the caller meant it: npm changes the working directory. @throws UsageError if there is none */
export function pathOf(written: string | undefined): string {
  if (written === undefined) throw new UsageError()
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), written)
}
