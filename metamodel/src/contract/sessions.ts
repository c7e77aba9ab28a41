/** A device on which somebody is signed in, as they see it (`GET /auth/sessions`). */
export interface WireSession {
  id: string
  created_at: string
  last_seen_at: string
  expires_at: string
  /** What of its own words a person recognises; null where it does not tell. */
  device: { browser: string | null; system: string | null }
  address: string | null
  /** The one that asks. */
  current: boolean
}

/** How it stands with the own second step of signing in (`GET /auth/totp`). */
export interface TwoStepState {
  enabled: boolean
  enabled_at: string | null
  recovery_codes_left: number
  /** Asked of this user by the installation. */
  required: boolean
}

/** What an authenticator is set up with (`POST /auth/totp`). */
export interface NewTwoStep {
  /** Base 32, to be typed by hand. */
  secret: string
  uri: string
  qr_svg: string
}

/** An API key as its owner sees it (`GET /api-keys`). */
export interface WireApiKey {
  id: string
  label: string
  prefix: string
  permission_set: string | null
  expires_at: string | null
  created_at: string
  last_used_at: string | null
}

/** How one may sign in besides a password (`GET /auth/options`). */
export interface SignInOptions {
  provider: { label: string } | null
  password_reset: boolean
}

/** `GET /users/{id}/sign-in`: how somebody gets in, for those who manage users. */
export interface SignInState {
  /** The address to sign in with; null for who cannot sign in yet. */
  email: string | null
  last_seen_at: string | null
  /** How many devices they are signed in on. */
  sessions: number
  api_keys: number
  second_step: boolean
}
