/** A part of what decides who may do what: its sources, and the tests that have to notice a mutant. */
export interface MutationPart {
  readonly sources: readonly string[]
  readonly tests: readonly string[]
  /** The tests ask a real PostgreSQL. */
  readonly onDatabase?: true
}

const ROW_TESTS = ['server/src/access/row-filter.test.ts']

/**
 * The grammar of rights by itself, so that its mutants do not wait for a database; and what the server makes of
 * rights, asked of a real one.
 */
export const PARTS = {
  metamodel: {
    sources: ['metamodel/src/mask.ts', 'metamodel/src/access/*.ts'],
    tests: ['metamodel/src/mask.test.ts', 'metamodel/src/access/*.test.ts'],
  },
  organization: {
    sources: ['server/src/access/{organization,narrow-rights}.ts'],
    tests: ['server/src/access/{organization,narrow-rights}.test.ts'],
  },
  giving: {
    sources: ['server/src/records/refuse-wider-sets.ts'],
    tests: ['server/src/records/refuse-wider-sets.test.ts'],
  },
  rows: {
    sources: ['server/src/access/row-filter.ts'],
    tests: ROW_TESTS,
    onDatabase: true,
  },
  sources: {
    sources: ['server/src/access/{row-conditions,row-sources}.ts'],
    tests: ROW_TESTS,
    onDatabase: true,
  },
  sharing: {
    sources: [
      'server/src/access/{share-filter,rules-of-actor,opens-parent,compile-rule-condition}.ts',
    ],
    tests: ROW_TESTS,
    onDatabase: true,
  },
  administrators: {
    sources: ['server/src/access/administrators.ts', 'server/src/records/keep-administrator.ts'],
    tests: ['server/src/records/keep-administrator.test.ts'],
    onDatabase: true,
  },
} as const satisfies Readonly<Record<string, MutationPart>>

/** How one part is named on the command line, and to the tests' configuration. */
export type PartName = keyof typeof PARTS

export const PART_VARIABLE = 'MUTATION_PART'

export function isPart(name: string | undefined): name is PartName {
  return name !== undefined && Object.hasOwn(PARTS, name)
}
