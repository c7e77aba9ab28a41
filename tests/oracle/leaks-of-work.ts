import type { Leak } from './leaks-of-life.ts'

const SHARING = 'server/src/sharing/share-record.ts'
const TRANSFER = 'server/src/sharing/transfer-records.ts'

/** Leaks around what is done with records: printing, revealing, sharing, handing over. */
export const LEAKS_OF_WORK: readonly Leak[] = [
  {
    name: 'printouts list records of others',
    file: 'server/src/query/load-printout.ts',
    from: '    within: { field, id },\n',
    to: '',
  },
  {
    name: 'approvals are told to everybody',
    file: 'server/src/query/load-approval.ts',
    from: 'if (!takesPart && !canRead) return undefined',
    to: '',
  },
  {
    name: 'approvals name what is hidden',
    file: 'server/src/query/mask-cells.ts',
    from: "if (access === 'none' && rights.object(object).read) return () => null",
    to: '',
  },
  {
    name: 'everybody decides',
    file: 'server/src/approvals/in-whose-name.ts',
    from: "if (!found) throw new RequestError('not_found')",
    to: '',
  },
  {
    name: 'delegates decide on what they submitted',
    file: 'server/src/approvals/in-whose-name.ts',
    from: "if (submittedBy === me) throw new RequestError('not_found')",
    to: '',
  },
  {
    name: 'everybody takes submissions back',
    file: 'server/src/records/act-on-approval.ts',
    from: 'if (!approval || (approval.submittedBy !== inside.actor.userId && !isAdmin)) {',
    to: 'if (!approval) {',
  },
  {
    name: 'records are submitted by who only reads them',
    file: 'server/src/records/act-on-approval.ts',
    from: "if (!found.canEdit) throw new RequestError('forbidden')",
    to: '',
  },
  {
    name: 'values are revealed without the right',
    file: 'server/src/records/reveal-value.ts',
    from: 'if (actor.rights.reveal(field)) return field',
    to: 'return field',
  },
  {
    name: 'revealed values tell what they are made of',
    file: 'metamodel/src/access/rights.ts',
    from: 'dependencies(model, one).every((other) => isTold(field(other)) || reveal(other))',
    to: 'true',
  },
  {
    name: 'records are shared by who only reads them',
    file: SHARING,
    from: '  if (!record.canShare) throw mayNotShare()\n  if (values',
    to: '  if (values',
  },
  {
    name: 'who only reads shares for editing',
    file: SHARING,
    from: "if (values.access === 'edit' && !record.canEdit) {",
    to: 'if (false) {',
  },
  {
    name: 'shares are ended by everybody',
    file: SHARING,
    from: 'if (!leaves && !record.canShare) throw mayNotShare()',
    to: '',
  },
  {
    name: 'records are shared with people out of sight',
    file: 'server/src/sharing/find-principal.ts',
    from: 'context.actor.rights.object(name).read &&\n    (await isVisible(context, object, id.toLowerCase()))',
    to: 'true',
  },
  {
    name: 'the reasons tell of hidden fields',
    file: 'server/src/sharing/explain-access.ts',
    from: "      .filter((field) => asker.rights.field(field) !== 'none')\n",
    to: '',
  },
  {
    name: 'records go along by hidden references',
    file: TRANSFER,
    from: ' && field !== undefined && isReadable(context, field)',
    to: ' && field !== undefined',
  },
  {
    name: 'hidden records are counted that would go along',
    file: TRANSFER,
    from: "t.deleted_at is null and ${may('read')}\n    order by",
    to: 't.deleted_at is null\n    order by',
  },
]
