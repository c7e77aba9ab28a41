import { LOCALES, SYSTEM_PERMISSIONS } from '@trellis/metamodel'
import Type, { type TProperties, type TSchema } from 'typebox'

/** Schemas of answers, for the API documentation; what goes out is typed by the contract. */

const Id = Type.String({ format: 'uuid' })
const Moment = Type.String({ format: 'date-time' })

function nullable(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Null()])
}

function answer(properties: TProperties, description: string): TSchema {
  return Type.Object(properties, { additionalProperties: false, description })
}

const words = (values: readonly string[]): TSchema =>
  Type.Unsafe<string>({ type: 'string', enum: [...values] })

/** `GET /me` */
export const MeSchema = answer(
  {
    user: Type.Object({
      id: Id,
      name: Type.String(),
      email: Type.String(),
      role: nullable(Type.String()),
      department: nullable(Type.Object({ id: Id, name: nullable(Type.String()) })),
    }),
    tenant: Type.String(),
    locale: words(LOCALES),
    time_zone: Type.String(),
    currency: Type.String(),
    permissions: Type.Object({
      sets: Type.Array(Type.String()),
      system: Type.Array(words(SYSTEM_PERMISSIONS)),
      custom: Type.Array(Type.String()),
    }),
    must_change_password: Type.Boolean({
      description: 'Until it is changed, only this, signing out and POST /auth/password answer',
    }),
    must_set_up_second_step: Type.Boolean({
      description: 'Until it is set up, only this, signing out and /auth/totp answer',
    }),
    csrf_token: nullable(Type.String({ description: 'For X-CSRF-Token; null with an API key' })),
    release: Type.Integer(),
  },
  'Who is signed in',
)

/** `POST /api-keys` */
export const NewApiKeySchema = answer(
  { id: Id, key: Type.String({ description: 'Shown only here' }) },
  'The new key',
)

/** `GET /api-keys` */
export const ApiKeysSchema = answer(
  {
    keys: Type.Array(
      Type.Object({
        id: Id,
        label: Type.String(),
        prefix: Type.String({ description: 'The first characters of the key' }),
        permission_set: nullable(Type.String()),
        expires_at: nullable(Moment),
        created_at: Moment,
        last_used_at: nullable(Moment),
      }),
    ),
  },
  'The keys of the caller, newest first',
)

/** `POST /users/{id}/sign-in` */
export const SignInSchema = answer(
  {
    email: Type.String({ description: 'The address to sign in with' }),
    one_time_password: Type.Optional(Type.String({ description: 'Shown only here' })),
  },
  'What the user signs in with',
)

/** `GET /auth/sessions` */
export const SessionsSchema = answer(
  {
    sessions: Type.Array(
      Type.Object({
        id: Id,
        created_at: Moment,
        last_seen_at: Moment,
        expires_at: Moment,
        device: Type.Object({
          browser: nullable(Type.String()),
          system: nullable(Type.String()),
        }),
        address: nullable(Type.String()),
        current: Type.Boolean({ description: 'The one that asks' }),
      }),
    ),
  },
  'The sessions of the caller, the one seen last first',
)

/** `GET /auth/totp` */
export const TwoStepSchema = answer(
  {
    enabled: Type.Boolean(),
    enabled_at: nullable(Moment),
    recovery_codes_left: Type.Integer(),
    required: Type.Boolean({ description: 'Asked of the caller by REQUIRE_TOTP' }),
  },
  'How it stands with the second step of the caller',
)

/** `POST /auth/totp` */
export const NewFactorSchema = answer(
  {
    secret: Type.String({ description: 'Base 32, to be typed by hand' }),
    uri: Type.String({ description: 'otpauth://…' }),
    qr_svg: Type.String({ description: 'The same as a picture' }),
  },
  'What the authenticator is set up with; shown only here',
)

/** `POST /auth/totp/confirm`, `POST /auth/totp/recovery-codes` */
export const RecoveryCodesSchema = answer(
  { recovery_codes: Type.Array(Type.String()) },
  'Each is good for one sign-in; shown only here',
)

/** `GET /auth/options` */
export const SignInOptionsSchema = answer(
  {
    provider: nullable(Type.Object({ label: Type.String() })),
    password_reset: Type.Boolean({ description: 'Letters with a link can be sent' }),
  },
  'How one may sign in besides a password',
)
