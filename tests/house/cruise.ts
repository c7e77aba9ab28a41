import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { ROOT_DIR } from '../support/index.ts'
import type { Import } from './find-room-circles.ts'

const run = promisify(execFile)

/** What dependency-cruiser finds in a tree. */
export interface Cruise {
  /** Each broken rule with the file that breaks it, as `rule: file`. */
  readonly violations: readonly string[]
  /** Every import between files of the house itself; those of its tests are left out. */
  readonly imports: readonly Import[]
}

interface CruiseResult {
  readonly modules: readonly {
    readonly source: string
    readonly dependencies: readonly { readonly resolved: string }[]
  }[]
  readonly summary: {
    readonly violations: readonly {
      readonly from: string
      readonly rule: { readonly name: string }
    }[]
  }
}

/** Holds the walls of `.dependency-cruiser.cjs` against the tree below a folder. */
export async function cruise(folder: string): Promise<Cruise> {
  const program = join(ROOT_DIR, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const flags = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', '.']
  const { stdout } = await run(process.execPath, [program, ...flags], {
    cwd: folder,
    maxBuffer: 256 * 1024 * 1024,
  })
  const { modules, summary }: CruiseResult = JSON.parse(stdout)
  return {
    violations: summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`),
    imports: modules
      .filter(({ source }) => !source.endsWith('.test.ts'))
      .flatMap(({ source, dependencies }) =>
        dependencies.map(({ resolved }) => ({ from: source, to: resolved })),
      ),
  }
}
