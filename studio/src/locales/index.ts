import { access as accessEn } from './en-US/access.ts'
import { audit as auditEn } from './en-US/audit.ts'
import { choices as choicesEn } from './en-US/choices.ts'
import { currencies as currenciesEn } from './en-US/currencies.ts'
import { editors as editorsEn } from './en-US/editors.ts'
import { explorer as explorerEn } from './en-US/explorer.ts'
import { packages as packagesEn } from './en-US/packages.ts'
import { properties as propertiesEn } from './en-US/properties.ts'
import { publish as publishEn } from './en-US/publish.ts'
import { studio as studioEn } from './en-US/studio.ts'
import { users as usersEn } from './en-US/users.ts'
import { values as valuesEn } from './en-US/values.ts'
import { access as accessZh } from './zh-CN/access.ts'
import { audit as auditZh } from './zh-CN/audit.ts'
import { choices as choicesZh } from './zh-CN/choices.ts'
import { currencies as currenciesZh } from './zh-CN/currencies.ts'
import { editors as editorsZh } from './zh-CN/editors.ts'
import { explorer as explorerZh } from './zh-CN/explorer.ts'
import { packages as packagesZh } from './zh-CN/packages.ts'
import { properties as propertiesZh } from './zh-CN/properties.ts'
import { publish as publishZh } from './zh-CN/publish.ts'
import { studio as studioZh } from './zh-CN/studio.ts'
import { users as usersZh } from './zh-CN/users.ts'
import { values as valuesZh } from './zh-CN/values.ts'

/** Every text of the studio. */
export const studioMessages = {
  'zh-CN': {
    studio: studioZh,
    explorer: explorerZh,
    editors: editorsZh,
    access: accessZh,
    audit: auditZh,
    publish: publishZh,
    packages: packagesZh,
    users: usersZh,
    values: valuesZh,
    currencies: currenciesZh,
    properties: { ...propertiesZh, ...choicesZh },
  },
  'en-US': {
    studio: studioEn,
    explorer: explorerEn,
    editors: editorsEn,
    access: accessEn,
    audit: auditEn,
    publish: publishEn,
    packages: packagesEn,
    users: usersEn,
    values: valuesEn,
    currencies: currenciesEn,
    properties: { ...propertiesEn, ...choicesEn },
  },
}
