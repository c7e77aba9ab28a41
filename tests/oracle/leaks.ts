import { LEAKS_OF_FILES } from './leaks-of-files.ts'
import { type Leak, LEAKS_OF_LIFE } from './leaks-of-life.ts'
import { LEAKS_OF_WORK } from './leaks-of-work.ts'

export type { Leak } from './leaks-of-life.ts'

const ROW_FILTER = 'server/src/access/row-filter.ts'
const ROW_CONDITIONS = 'server/src/access/row-conditions.ts'
const ORGANIZATION = 'server/src/access/organization.ts'
const RIGHTS = 'metamodel/src/access/rights.ts'
const FROM_CLAUSE = 'server/src/query/from-clause.ts'
const REACH = 'server/src/records/require-reach.ts'

/** Leaks as they happen: a condition forgotten, a scope too wide, a right not asked. */
export const LEAKS: readonly Leak[] = [
  {
    name: 'deleted records are listed',
    file: FROM_CLAUSE,
    from: ': sql<boolean>`${deleted} is null and ${filter}`',
    to: ': sql<boolean>`${filter}`',
  },
  {
    name: 'an ended share still opens',
    file: ROW_CONDITIONS,
    from: '(${share}.expires_at is null or ${share}.expires_at > now())',
    to: 'true',
  },
  {
    name: 'a share to read lets edit',
    file: ROW_CONDITIONS,
    from: "const edit = right === 'edit' ? sql` and ${share}.access = 'edit'` : sql``",
    to: 'const edit = sql``',
  },
  {
    name: 'restriction rules are not asked',
    file: ROW_FILTER,
    from: "both([openFilter(reader, asked, 'whole'), ...restrictions(reader, asked).map(toCondition)])",
    to: "openFilter(reader, asked, 'whole')",
  },
  {
    name: 'a deleted child opens its parent',
    file: ROW_FILTER,
    from: "    sql<boolean>`${physical.column(child.name, 'deleted_at', below)} is null`,\n",
    to: '    sql<boolean>`true`,\n',
  },
  {
    name: 'a child opens its parent past the restrictions of the child',
    file: ROW_FILTER,
    from: '    opens(asked),\n    ...restrictions(reader, asked).map(toCondition),\n',
    to: '    opens(asked),\n',
  },
  {
    name: 'details pass the restrictions of their master',
    file: ROW_FILTER,
    from: '    openFilter(narrowed, asked, depth),\n    ...restrictions(narrowed, asked).map(toCondition),\n',
    to: '    openFilter(narrowed, asked, depth),\n',
  },
  {
    name: 'who may read a master may edit its details',
    file: ROW_FILTER,
    from: "right: right === 'read' ? 'read' : 'edit',",
    to: "right: 'read',",
  },
  {
    name: 'what is shared with those below opens without the role hierarchy',
    file: ROW_FILTER,
    from: '...(object.definition.role_hierarchy === true ? reach.principalsBelow : []),',
    to: '...reach.principalsBelow,',
  },
  {
    name: 'the role hierarchy is asked of no object',
    file: ROW_FILTER,
    from: 'if (object.definition.role_hierarchy !== true) return grants',
    to: '',
  },
  {
    name: 'a narrowed key reaches the records of its user',
    file: ROW_FILTER,
    from: 'rights.parts.map((part) => anyOf',
    to: 'rights.parts.slice(0, 1).map((part) => anyOf',
  },
  {
    name: 'a rule to read lets edit',
    file: ROW_FILTER,
    from: "(right === 'read' || definition.access === 'edit') &&",
    to: '',
  },
  {
    name: 'the department reaches those below',
    file: ORGANIZATION,
    from: 'this.#staff((department) => [department], departments)',
    to: 'this.#staff(this.#departmentsAbove, departments)',
  },
  {
    name: 'colleagues of the same role are below',
    file: ORGANIZATION,
    from: 'other.role !== null && other.role !== role)',
    to: 'other.role !== null)',
  },
  {
    name: 'memberships that were deleted count',
    file: 'server/src/access/load-organization.ts',
    from: 'where deleted_at is null`',
    to: '`',
  },
  {
    name: 'inactive rules are in force',
    file: 'metamodel/src/model/compile-objects.ts',
    from: 'return rules.filter((rule) => rule.definition.active !== false)',
    to: 'return rules',
  },
  {
    name: 'derived fields and formulas tell of hidden ones',
    file: RIGHTS,
    from: 'return dependencies(model, one).reduce((least, other) => atMost(least, field(other)), own)',
    to: 'return own',
  },
  {
    name: 'masked fields are filtered and sorted',
    file: RIGHTS,
    from: 'return WIDTH[access] >= WIDTH.read',
    to: 'return WIDTH[access] >= WIDTH.masked',
  },
  {
    name: 'delete reaches as far as edit',
    file: RIGHTS,
    from: "one.delete === true ? [one.delete_scope ?? one.edit_scope ?? 'own'] : []",
    to: "one.delete === true ? [one.edit_scope ?? 'own'] : []",
  },
  {
    name: 'records are given away without the right to transfer',
    file: REACH,
    from: 'before && !before.canTransfer && !isTaken',
    to: 'false',
  },
  {
    name: 'records are given to those who may not see them',
    file: REACH,
    from: 'return user.isActive && rightsOf',
    to: 'return true || rightsOf',
  },
  {
    name: 'records leave the reach of who saves them',
    file: REACH,
    from: 'if (!isRestricted && (isOpen || isGivenAway)) continue',
    to: 'continue',
  },
  {
    name: 'formulas tell of fields that they read',
    file: RIGHTS,
    from: '? (field.formula?.reads ?? [])',
    to: '? []',
  },
  {
    name: 'formulas tell of records that they read',
    file: FROM_CLAUSE,
    from: 'formula && (isVirtual === true || !this.#seesInputs(at.object, formula.inputs))',
    to: 'formula && isVirtual === true',
  },
  {
    name: 'what is behind a reference is shown of hidden records',
    file: FROM_CLAUSE,
    from: 'if (filter === null) return existing',
    to: 'return existing',
  },
  {
    name: 'lookups of several objects name hidden records',
    file: FROM_CLAUSE,
    from: "name: this.#column(target, 'name', at.visible),",
    to: "name: this.#column(target, 'name', field.partOf === undefined ? at.visible : at.existing),",
  },
  {
    name: 'roll-ups tell which field they add up',
    file: 'metamodel/src/access/describe-field.ts',
    from: 'const isKnown = field !== undefined && canRead(child, field.name, model, reader)',
    to: 'const isKnown = field !== undefined',
  },
  ...LEAKS_OF_LIFE,
  ...LEAKS_OF_WORK,
  ...LEAKS_OF_FILES,
]
