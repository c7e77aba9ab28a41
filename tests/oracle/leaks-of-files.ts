import type { Leak } from './leaks-of-life.ts'

const ANSWER = 'server/src/imports/answer-import.ts'
const HAND_OVER = 'server/src/sharing/hand-over.ts'

/** Leaks around what comes and goes many at a time: imports, upserts, what people hand over. */
export const LEAKS_OF_FILES: readonly Leak[] = [
  {
    name: 'upserts and imports find hidden records',
    file: 'server/src/records/find-named.ts',
    from: 'where t.deleted_at is null and ${filter}`)',
    to: 'where t.deleted_at is null`)',
  },
  {
    name: 'upserts compare hidden fields',
    file: 'server/src/records/upsert-records.ts',
    from: '!isTold(context.actor.rights.field(field)) || ',
    to: '',
  },
  {
    name: 'imports are told to everybody',
    file: ANSWER,
    from: 'if (!job || !(seesAll(context) || isOwn(context, job))) throw',
    to: 'if (!job) throw',
  },
  {
    name: 'imports are told to narrower keys of their user',
    file: ANSWER,
    from: 'createdBy === userId && (within === undefined || within === options.within)',
    to: 'createdBy === userId',
  },
  {
    name: 'imports by narrowed keys act with all rights of their user',
    file: 'server/src/imports/run-import.ts',
    from: '...(within === undefined ? {} : { within }),',
    to: '',
  },
  {
    name: 'narrowed keys take imports back with all rights of their user',
    file: 'server/src/imports/undo-import.ts',
    from: '...(undo.within === undefined ? {} : { within: undo.within }),',
    to: '',
  },
  {
    name: 'what people hold is told of those who are out of sight',
    file: HAND_OVER,
    from: "if (!(await isSeen(context, id))) throw new RequestError('not_found')",
    to: '',
  },
  {
    name: 'whoever is named takes over',
    file: HAND_OVER,
    from: 'const isFit = id !== user && found?.isQueue === false && found.isActive',
    to: 'const isFit = id !== user && found !== undefined',
  },
  {
    name: 'records are handed over to those who may see none',
    file: HAND_OVER,
    from: 'if (!rightsOf(context.release, sets).object(object.name).read) return 0',
    to: '',
  },
  {
    name: 'locked records are handed over',
    file: HAND_OVER,
    from: ' and not t.locked and t.id >',
    to: ' and t.id >',
  },
  {
    name: 'approvals are handed over to who submitted them',
    file: 'server/src/sharing/move-work-items.ts',
    from: 'if (to === null || approval.submittedBy === to) {',
    to: 'if (to === null) {',
  },
]
