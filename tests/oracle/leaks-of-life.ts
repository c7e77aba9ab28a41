/** A line of the engine, and what it is replaced with to let something through. */
export interface Leak {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
}

/** Leaks around the life of records: exports, the bin, the past, duplicates, files, merges, and what hangs together. */
export const LEAKS_OF_LIFE: readonly Leak[] = [
  {
    name: 'lists are exported without the right',
    file: 'server/src/exports/export-records.ts',
    from: 'if (actor.rights.object(name).export) return',
    to: 'return',
  },
  {
    name: 'exports leave out what they should refuse by name',
    file: 'server/src/exports/export-records.ts',
    from: "if (failures.length > 0) throw new RequestError('malformed', { failures })",
    to: '',
  },
  {
    name: 'the bin lists what its reader could not delete',
    file: 'server/src/query/load-bin.ts',
    from: "(['read', 'delete'] as const)",
    to: "(['read'] as const)",
  },
  {
    name: 'the bin lists records of others',
    file: 'server/src/query/load-bin.ts',
    from: 'sql.join([...may, ...isOfLive], sql` `)',
    to: 'sql.join([sql` `, ...isOfLive], sql` `)',
  },
  {
    name: 'the bin names what it lists',
    file: 'server/src/query/load-bin.ts',
    from: 'name: tellName(name),',
    to: 'name: name ?? null,',
  },
  {
    name: 'a past moment tells of fields that are hidden',
    file: 'server/src/query/load-as-of.ts',
    from: 'field ? [[field.name, toldValue(context, field, value, names)] as const] : []',
    to: 'field ? [[field.name, value] as const] : []',
  },
  {
    name: 'the history tells what is masked',
    file: 'server/src/query/stored-reference.ts',
    from: 'if (maskFor(reader, field) !== undefined) return shownValue(reader, field, value)',
    to: '',
  },
  {
    name: 'the history names records that are hidden',
    file: 'server/src/query/name-references.ts',
    from: ' and ${from.visibleRows()}`',
    to: '`',
  },
  {
    name: 'the history goes on with hidden records that were merged',
    file: 'server/src/query/load-history.ts',
    from: "where m.survivor = ${new Slot('id')}::uuid and ${visible}`",
    to: "where m.survivor = ${new Slot('id')}::uuid`",
  },
  {
    name: 'old ids lead to hidden records',
    file: 'server/src/http/lead-on.ts',
    from: 'if (to === undefined || !(await isVisible(callContext, object, to))) return undefined',
    to: 'if (to === undefined) return undefined',
  },
  {
    name: 'groups of duplicates have hidden records',
    file: 'server/src/query/load-duplicate-groups.ts',
    from: ' and t.deleted_at is null and ${seen}`',
    to: ' and t.deleted_at is null`',
  },
  {
    name: 'searches are seen by who may not know what was compared',
    file: 'server/src/http/routes/duplicate-searches.ts',
    from: 'return field !== undefined && isReadable(context, field)',
    to: 'return field !== undefined',
  },
  {
    name: 'warnings of duplicates compare hidden records',
    file: 'server/src/records/load-twins.ts',
    from: '${isOfAll ? sql`` : sql`and ${seen}`}',
    to: '',
  },
  {
    name: 'warnings of duplicates compare hidden fields',
    file: 'server/src/records/find-duplicates.ts',
    from: 'return theirs !== undefined && isReadable(context, theirs)',
    to: 'return theirs !== undefined',
  },
  {
    name: 'files are read without their record',
    file: 'server/src/files/find-file.ts',
    from: ' and ${from.visibleRows()}`',
    to: '`',
  },
  {
    name: 'files that a record had are read',
    file: 'server/src/files/find-file.ts',
    from: " and ${value} = ${new Slot('file')}",
    to: ' and ${value} is not null',
  },
  {
    name: 'files of others are put into records',
    file: 'server/src/records/require-files.ts',
    from: 'if (record === null) return change.isSystem || uploadedBy === actor.userId',
    to: 'if (record === null) return true',
  },
  {
    name: 'records are merged without the right to edit each',
    file: 'server/src/records/merge-records.ts',
    from: 'return record?.canEdit === true && (id === survivor.id || record.canDelete)',
    to: 'return id !== survivor.id || record?.canEdit === true',
  },
  {
    name: 'merges tell hidden records from none',
    file: 'server/src/records/merge-records.ts',
    from: "if (all.some(({ id }) => loaded.get(id)?.canRead !== true)) throw new RequestError('not_found')",
    to: "if (!all.every(({ id }) => loaded.has(id))) throw new RequestError('not_found')",
  },
  {
    name: 'records are erased without the permission',
    file: 'server/src/records/erase-records.ts',
    from: "if (!rights.system.has('erase') || !rights.object(object.name).delete) {",
    to: 'if (!rights.object(object.name).delete) {',
  },
  {
    name: 'records of others are restored',
    file: 'server/src/records/restore-record.ts',
    from: 'if (record.canRead && record.canDelete) return true',
    to: 'return true',
  },
  {
    name: 'records refer to hidden ones',
    file: 'server/src/records/require-references.ts',
    from: 'if (!referred || (!change.isSystem && !referred.canRead)) {',
    to: 'if (!referred) {',
  },
  {
    name: 'details are linked to masters that are only read',
    file: 'server/src/records/require-references.ts',
    from: 'if (!referred.canEdit) {',
    to: 'if (false) {',
  },
  {
    name: 'what hangs on locked records is deleted',
    file: 'server/src/records/delete-records.ts',
    from: 'if (rows.some((row) => row.locked)) throw lockedBy(context, found)',
    to: '',
  },
]
