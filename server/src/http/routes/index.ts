import type { FastifyInstance } from 'fastify'

import type { SignInParts } from '../enter.ts'
import type { Metrics } from '../metrics.ts'
import type { Services } from '../services.ts'
import { accessRoutes } from './access.ts'
import { apiKeyRoutes } from './api-keys.ts'
import { approvalRoutes } from './approvals.ts'
import { auditRoutes } from './audit.ts'
import { deviceRoutes } from './auth-devices.ts'
import { passwordRoutes } from './auth-password.ts'
import { providerRoutes } from './auth-provider.ts'
import { totpRoutes } from './auth-totp.ts'
import { authRoutes } from './auth.ts'
import { delegationRoutes } from './delegations.ts'
import { docsRoutes } from './docs.ts'
import { duplicateSearchRoutes } from './duplicate-searches.ts'
import { eventRoutes } from './events.ts'
import { exportRoutes } from './exports.ts'
import { fileRoutes } from './files.ts'
import { handOverRoutes } from './hand-over.ts'
import { importRoutes } from './imports.ts'
import { meRoutes } from './me.ts'
import { mergeRoutes } from './merges.ts'
import { changeSetRoutes } from './meta-change-sets.ts'
import { definitionRoutes } from './meta-definitions.ts'
import { editRoutes } from './meta-edits.ts'
import { formulaRoutes } from './meta-formulas.ts'
import { packageRoutes } from './meta-packages.ts'
import { planRoutes } from './meta-plans.ts'
import { publishRoutes } from './meta-publishes.ts'
import { releaseRoutes } from './meta-releases.ts'
import { renameRoutes } from './meta-renames.ts'
import { ruleRoutes } from './meta-rules.ts'
import { testRoutes } from './meta-tests.ts'
import { metaRoutes } from './meta.ts'
import { openApiRoutes } from './openapi.ts'
import { operationRoutes } from './operations.ts'
import { personalDataRoutes } from './personal-data.ts'
import { printRoutes } from './print.ts'
import { recordReadRoutes } from './records-read.ts'
import { recordWriteRoutes } from './records-write.ts'
import { recycleBinRoutes } from './recycle-bin.ts'
import { revealRoutes } from './reveal.ts'
import { searchRoutes } from './search.ts'
import { sharingRoutes } from './sharing.ts'
import { signInRoutes } from './sign-ins.ts'

/** What routes need besides the services. */
export interface RouteParts extends SignInParts {
  readonly metrics: Metrics
}

/** Every resource of the API. */
export async function registerRoutes(
  app: FastifyInstance,
  services: Services,
  parts: RouteParts,
): Promise<void> {
  operationRoutes(app, services, parts.metrics)
  authRoutes(app, services, parts)
  meRoutes(app, services, parts)
  passwordRoutes(app, services, parts)
  totpRoutes(app, services, parts)
  deviceRoutes(app, services, parts)
  providerRoutes(app, services, parts)
  apiKeyRoutes(app, services, parts.identities)
  signInRoutes(app, services, parts)
  recordReadRoutes(app, services)
  recordWriteRoutes(app, services)
  mergeRoutes(app, services)
  personalDataRoutes(app, services)
  recycleBinRoutes(app, services)
  sharingRoutes(app, services)
  handOverRoutes(app, services, parts.identities)
  printRoutes(app, services)
  revealRoutes(app, services)
  searchRoutes(app, services)
  approvalRoutes(app, services)
  delegationRoutes(app, services)
  fileRoutes(app, services)
  importRoutes(app, services)
  exportRoutes(app, services)
  duplicateSearchRoutes(app, services)
  metaRoutes(app, services)
  definitionRoutes(app, services)
  changeSetRoutes(app, services)
  editRoutes(app, services)
  ruleRoutes(app, services)
  planRoutes(app, services)
  publishRoutes(app, services)
  releaseRoutes(app, services)
  packageRoutes(app, services)
  renameRoutes(app, services)
  testRoutes(app, services)
  formulaRoutes(app, services)
  accessRoutes(app, services)
  auditRoutes(app, services)
  eventRoutes(app, services, parts.identities)
  openApiRoutes(app, services)
  await docsRoutes(app)
}
