import { account as accountEn } from './en-US/account.ts'
import { common as commonEn } from './en-US/common.ts'
import { delegation as delegationEn } from './en-US/delegation.ts'
import { duplicates as duplicatesEn } from './en-US/duplicates.ts'
import { files as filesEn } from './en-US/files.ts'
import { lists as listsEn } from './en-US/lists.ts'
import { records as recordsEn } from './en-US/records.ts'
import { sharing as sharingEn } from './en-US/sharing.ts'
import { shell as shellEn } from './en-US/shell.ts'
import { account as accountZh } from './zh-CN/account.ts'
import { common as commonZh } from './zh-CN/common.ts'
import { delegation as delegationZh } from './zh-CN/delegation.ts'
import { duplicates as duplicatesZh } from './zh-CN/duplicates.ts'
import { files as filesZh } from './zh-CN/files.ts'
import { lists as listsZh } from './zh-CN/lists.ts'
import { records as recordsZh } from './zh-CN/records.ts'
import { sharing as sharingZh } from './zh-CN/sharing.ts'
import { shell as shellZh } from './zh-CN/shell.ts'

/** Every text of the runtime and of the parts that the studio reuses, for vue-i18n. */
export const runtimeMessages = {
  'zh-CN': {
    account: accountZh,
    common: commonZh,
    delegation: delegationZh,
    duplicates: duplicatesZh,
    files: filesZh,
    lists: listsZh,
    records: recordsZh,
    sharing: sharingZh,
    shell: shellZh,
  },
  'en-US': {
    account: accountEn,
    common: commonEn,
    delegation: delegationEn,
    duplicates: duplicatesEn,
    files: filesEn,
    lists: listsEn,
    records: recordsEn,
    sharing: sharingEn,
    shell: shellEn,
  },
}
