// Generated from the OpenAPI document by `npm run generate`. Do not edit.

export type ApiError = {
  readonly code: 'INVALID_REQUEST' | 'INVALID_JSON' | 'UNSUPPORTED_PARAMETER' | 'PREVIOUS_RESPONSE_NOT_FOUND' | 'INVALID_API_KEY' | 'API_KEY_EXPIRED' | 'API_KEY_REVOKED' | 'INVALID_TOKEN' | 'TOKEN_EXPIRED' | 'INVALID_SIGNATURE' | 'NONCE_REUSED' | 'TIMESTAMP_EXPIRED' | 'INSUFFICIENT_BALANCE' | 'SCOPE_DENIED' | 'IP_NOT_ALLOWED' | 'FORBIDDEN' | 'BUDGET_EXCEEDED' | 'QUOTA_DAILY_EXCEEDED' | 'QUOTA_MONTHLY_EXCEEDED' | 'MODEL_NOT_FOUND' | 'NOT_FOUND' | 'METHOD_NOT_ALLOWED' | 'REQUEST_TIMEOUT' | 'IDEMPOTENCY_CONFLICT' | 'CONFLICT' | 'PRECONDITION_FAILED' | 'REQUEST_TOO_LARGE' | 'UNSUPPORTED_MEDIA_TYPE' | 'VALIDATION_FAILED' | 'RATE_LIMIT_RPM' | 'RATE_LIMIT_TPM' | 'RATE_LIMIT_RPD' | 'RATE_LIMIT_TPD' | 'RATE_LIMIT_CONCURRENT' | 'RATE_LIMIT_BURST' | 'UPSTREAM_RATE_LIMITED' | 'INTERNAL_ERROR' | 'UPSTREAM_ERROR' | 'UPSTREAM_RESPONSE_TOO_LARGE' | 'UPSTREAM_INVALID_RESPONSE' | 'OVERLOADED' | 'CIRCUIT_OPEN' | 'NO_AVAILABLE_UPSTREAM' | 'BILLING_UNAVAILABLE' | 'MODEL_NOT_PRICED' | 'NOT_READY' | 'UPSTREAM_TIMEOUT';
  readonly message: string;
  readonly source: 'gateway' | 'upstream' | 'client';
  readonly trace_id: string;
  readonly details?: unknown;
};

export type AuditList = {
  readonly data: readonly ({
    readonly id: string;
    readonly at: string;
    readonly tenant_id: string | null;
    readonly actor_kind: 'user' | 'key' | 'file' | 'system';
    readonly actor_id: string | null;
    readonly action: string;
    readonly subject_type: string;
    readonly subject_id: string | null;
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
    readonly ip: string | null;
    readonly request_id: string | null;
    readonly hash: string;
  })[];
  readonly next_cursor: string | null;
};

export type Balance = {
  readonly posted_usd: string;
  readonly held_usd: string;
  readonly available_usd: string;
  readonly frozen: {
    readonly at: string;
    readonly reason: string;
  } | null;
};

export type Ban = {
  readonly reason?: string | null;
};

export type BlockedIp = {
  readonly id: string;
  readonly cidr: string;
  readonly reason: string | null;
  readonly expires_at: string | null;
  readonly created_at: string;
};

export type BlockedIpList = {
  readonly data: readonly ({
    readonly id: string;
    readonly cidr: string;
    readonly reason: string | null;
    readonly expires_at: string | null;
    readonly created_at: string;
  })[];
  readonly next_cursor: string | null;
};

export type BudgetList = {
  readonly data: readonly ({
    readonly period: 'daily' | 'weekly' | 'monthly' | 'total';
    readonly unit: 'usd' | 'tokens' | 'requests';
    readonly limit: string | number;
    readonly spent: string | number;
    readonly held: string | number;
    readonly period_start: string | null;
    readonly resets_at: string | null;
    readonly managed_by: 'api' | 'file';
  })[];
  readonly next_cursor: string | null;
};

export type Budgets = readonly ({
  readonly period: 'daily' | 'weekly' | 'monthly' | 'total';
  readonly unit: 'usd' | 'tokens' | 'requests';
  readonly limit: string | number;
})[];

export type Credential = {
  readonly id: string;
  readonly provider_id: string;
  readonly weight: number;
  readonly status: 'active' | 'disabled';
  readonly managed_by: 'api' | 'file';
  readonly created_at: string;
  readonly updated_at: string;
};

export type CredentialList = {
  readonly data: readonly ({
    readonly id: string;
    readonly provider_id: string;
    readonly weight: number;
    readonly status: 'active' | 'disabled';
    readonly managed_by: 'api' | 'file';
    readonly created_at: string;
    readonly updated_at: string;
  })[];
  readonly next_cursor: string | null;
};

export type CredentialPatch = {
  readonly value?: string;
  readonly weight?: number;
  readonly status?: 'active' | 'disabled';
};

export type Credit = {
  readonly amount_usd: string;
  readonly kind?: 'credit' | 'adjustment';
  readonly note?: string | null;
};

export type Deployment = {
  readonly id: string;
  readonly model_id: string;
  readonly provider_id: string;
  readonly upstream_model: string;
  readonly priority: number;
  readonly weight: number;
  readonly max_output_tokens: number | null;
  readonly status: 'active' | 'disabled';
  readonly managed_by: 'api' | 'file';
  readonly created_at: string;
  readonly updated_at: string;
};

export type DeploymentList = {
  readonly data: readonly ({
    readonly id: string;
    readonly model_id: string;
    readonly provider_id: string;
    readonly upstream_model: string;
    readonly priority: number;
    readonly weight: number;
    readonly max_output_tokens: number | null;
    readonly status: 'active' | 'disabled';
    readonly managed_by: 'api' | 'file';
    readonly created_at: string;
    readonly updated_at: string;
  })[];
  readonly next_cursor: string | null;
};

export type DeploymentPatch = {
  readonly upstream_model?: string;
  readonly priority?: number;
  readonly weight?: number;
  readonly max_output_tokens?: number | null;
  readonly status?: 'active' | 'disabled';
};

export type EditedKey = {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly owner_user_id: string | null;
  readonly prefix: string;
  readonly status: 'active' | 'revoked' | 'expired';
  readonly models: readonly string[] | null;
  readonly endpoints: readonly string[] | null;
  readonly allowed_ips: readonly string[] | null;
  readonly expires_at: string | null;
  readonly limits: {
    readonly rpm: number | null;
    readonly tpm: number | null;
    readonly rpd: number | null;
    readonly tpd: number | null;
    readonly concurrent: number | null;
    readonly burst: number | null;
    readonly unlimited: boolean;
  };
  readonly signing: 'off' | 'required';
  readonly cache: 'off' | 'on';
  readonly tags: Readonly<Record<string, string>>;
  readonly bounded: boolean;
  readonly managed_by: 'api' | 'file';
  readonly last_used_at: string | null;
  readonly created_at: string;
  readonly revoked_at: string | null;
  readonly signing_secret?: string;
};

export type FormLimits = {
  readonly rpm?: number | null | string | '' | 'null';
  readonly tpm?: number | null | string | '' | 'null';
  readonly rpd?: number | null | string | '' | 'null';
  readonly tpd?: number | null | string | '' | 'null';
  readonly concurrent?: number | null | string | '' | 'null';
  readonly burst?: number | null | string | '' | 'null';
  readonly unlimited?: boolean | '0' | '1' | 'true' | 'false' | '';
};

export type Freeze = {
  readonly reason: string;
};

export type Key = {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly owner_user_id: string | null;
  readonly prefix: string;
  readonly status: 'active' | 'revoked' | 'expired';
  readonly models: readonly string[] | null;
  readonly endpoints: readonly string[] | null;
  readonly allowed_ips: readonly string[] | null;
  readonly expires_at: string | null;
  readonly limits: {
    readonly rpm: number | null;
    readonly tpm: number | null;
    readonly rpd: number | null;
    readonly tpd: number | null;
    readonly concurrent: number | null;
    readonly burst: number | null;
    readonly unlimited: boolean;
  };
  readonly signing: 'off' | 'required';
  readonly cache: 'off' | 'on';
  readonly tags: Readonly<Record<string, string>>;
  readonly bounded: boolean;
  readonly managed_by: 'api' | 'file';
  readonly last_used_at: string | null;
  readonly created_at: string;
  readonly revoked_at: string | null;
};

export type KeyLimits = {
  readonly rpm?: number | null;
  readonly tpm?: number | null;
  readonly rpd?: number | null;
  readonly tpd?: number | null;
  readonly concurrent?: number | null;
  readonly burst?: number | null;
  readonly unlimited?: boolean;
};

export type KeyList = {
  readonly data: readonly ({
    readonly id: string;
    readonly tenant_id: string;
    readonly name: string;
    readonly owner_user_id: string | null;
    readonly prefix: string;
    readonly status: 'active' | 'revoked' | 'expired';
    readonly models: readonly string[] | null;
    readonly endpoints: readonly string[] | null;
    readonly allowed_ips: readonly string[] | null;
    readonly expires_at: string | null;
    readonly limits: {
      readonly rpm: number | null;
      readonly tpm: number | null;
      readonly rpd: number | null;
      readonly tpd: number | null;
      readonly concurrent: number | null;
      readonly burst: number | null;
      readonly unlimited: boolean;
    };
    readonly signing: 'off' | 'required';
    readonly cache: 'off' | 'on';
    readonly tags: Readonly<Record<string, string>>;
    readonly bounded: boolean;
    readonly managed_by: 'api' | 'file';
    readonly last_used_at: string | null;
    readonly created_at: string;
    readonly revoked_at: string | null;
  })[];
  readonly next_cursor: string | null;
};

export type KeyPatch = {
  readonly name?: string;
  readonly models?: readonly string[] | null;
  readonly endpoints?: readonly ('chat/completions' | 'responses' | 'messages' | 'messages/count_tokens' | 'generateContent' | 'embeddings' | 'rerank' | 'moderations' | 'images/generations' | 'images/edits' | 'audio/speech' | 'audio/transcriptions' | 'audio/translations' | 'models')[] | null;
  readonly allowed_ips?: readonly string[] | null;
  readonly expires_at?: string | null;
  readonly limits?: {
    readonly rpm?: number | null;
    readonly tpm?: number | null;
    readonly rpd?: number | null;
    readonly tpd?: number | null;
    readonly concurrent?: number | null;
    readonly burst?: number | null;
    readonly unlimited?: boolean;
  };
  readonly signing?: 'off' | 'required';
  readonly cache?: 'off' | 'on';
  readonly tags?: Readonly<Record<string, string>>;
};

export type KeyUsage = {
  readonly key_id: string;
  readonly from: string;
  readonly to: string;
  readonly last_used_at: string | null;
  readonly requests: number;
  readonly errors: number;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly cost_usd: string;
  readonly charged_usd: string;
  readonly days: readonly ({
    readonly day: string;
    readonly requests: number;
    readonly errors: number;
    readonly input_tokens: number;
    readonly cached_input_tokens: number;
    readonly output_tokens: number;
    readonly reasoning_tokens: number;
    readonly cost_usd: string;
    readonly charged_usd: string;
  })[];
};

export type LedgerEntry = {
  readonly id: string;
  readonly at: string;
  readonly tenant_id: string;
  readonly request_id: string | null;
  readonly kind: 'usage' | 'expired' | 'correction' | 'credit' | 'adjustment';
  readonly amount_usd: string;
  readonly balance_usd: string;
  readonly note: string | null;
};

export type LedgerList = {
  readonly data: readonly ({
    readonly id: string;
    readonly at: string;
    readonly tenant_id: string;
    readonly request_id: string | null;
    readonly kind: 'usage' | 'expired' | 'correction' | 'credit' | 'adjustment';
    readonly amount_usd: string;
    readonly balance_usd: string;
    readonly note: string | null;
  })[];
  readonly next_cursor: string | null;
};

export type ListPrice = {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly version: number;
  readonly holds: boolean;
  readonly source: string;
  readonly valid_from: string;
  readonly input: string | null;
  readonly output: string | null;
  readonly cached_input: string | null;
  readonly cache_write: string | null;
  readonly reasoning: string | null;
  readonly per_request: string | null;
  readonly per_image: string | null;
  readonly per_second: string | null;
  readonly per_character: string | null;
  readonly per_search: string | null;
  readonly long_cache_write: string | null;
  readonly audio_input: string | null;
  readonly audio_output: string | null;
  readonly image_input: string | null;
  readonly image_output: string | null;
  readonly created_at: string;
};

export type ListPriceList = {
  readonly data: readonly ({
    readonly id: string;
    readonly provider: string;
    readonly model: string;
    readonly version: number;
    readonly holds: boolean;
    readonly source: string;
    readonly valid_from: string;
    readonly input: string | null;
    readonly output: string | null;
    readonly cached_input: string | null;
    readonly cache_write: string | null;
    readonly reasoning: string | null;
    readonly per_request: string | null;
    readonly per_image: string | null;
    readonly per_second: string | null;
    readonly per_character: string | null;
    readonly per_search: string | null;
    readonly long_cache_write: string | null;
    readonly audio_input: string | null;
    readonly audio_output: string | null;
    readonly image_input: string | null;
    readonly image_output: string | null;
    readonly created_at: string;
  })[];
  readonly next_cursor: string | null;
};

export type Login = {
  readonly email: string;
  readonly password: string;
};

export type MadeKey = {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly owner_user_id: string | null;
  readonly prefix: string;
  readonly status: 'active' | 'revoked' | 'expired';
  readonly models: readonly string[] | null;
  readonly endpoints: readonly string[] | null;
  readonly allowed_ips: readonly string[] | null;
  readonly expires_at: string | null;
  readonly limits: {
    readonly rpm: number | null;
    readonly tpm: number | null;
    readonly rpd: number | null;
    readonly tpd: number | null;
    readonly concurrent: number | null;
    readonly burst: number | null;
    readonly unlimited: boolean;
  };
  readonly signing: 'off' | 'required';
  readonly cache: 'off' | 'on';
  readonly tags: Readonly<Record<string, string>>;
  readonly bounded: boolean;
  readonly managed_by: 'api' | 'file';
  readonly last_used_at: string | null;
  readonly created_at: string;
  readonly revoked_at: string | null;
  readonly key: string;
  readonly signing_secret?: string;
};

export type MadeUser = {
  readonly id: string;
  readonly tenant_id: string;
  readonly email: string;
  readonly status: 'active' | 'banned';
  readonly roles: readonly ('owner' | 'admin' | 'member' | 'auditor')[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly reset_token?: string;
  readonly reset_expires_at?: string;
};

export type Me = {
  readonly id: string;
  readonly email: string;
  readonly tenant_id: string;
  readonly session_id: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
};

export type Model = {
  readonly id: string;
  readonly name: string;
  readonly strategy: string;
  readonly status: 'active' | 'disabled';
  readonly managed_by: 'api' | 'file';
  readonly created_at: string;
  readonly updated_at: string;
};

export type ModelList = {
  readonly data: readonly ({
    readonly id: string;
    readonly name: string;
    readonly strategy: string;
    readonly status: 'active' | 'disabled';
    readonly managed_by: 'api' | 'file';
    readonly created_at: string;
    readonly updated_at: string;
  })[];
  readonly next_cursor: string | null;
};

export type ModelPatch = {
  readonly name?: string;
  readonly strategy?: 'priority-weight';
  readonly status?: 'active' | 'disabled';
};

export type NewBlockedIp = {
  readonly cidr: string;
  readonly reason?: string | null;
  readonly expires_at?: string | null;
};

export type NewCredential = {
  readonly value: string;
  readonly weight?: number;
};

export type NewDeployment = {
  readonly model_id?: string;
  readonly model?: string;
  readonly provider_id?: string;
  readonly provider?: string;
  readonly upstream_model: string;
  readonly priority?: number;
  readonly weight?: number;
  readonly max_output_tokens?: number | null;
  readonly status?: 'active' | 'disabled';
  readonly price?: 'free' | {
    readonly input?: string | number;
    readonly output?: string | number;
    readonly cached_input?: string | number;
    readonly cache_write?: string | number;
    readonly reasoning?: string | number;
    readonly per_request?: string | number;
    readonly long_cache_write?: string | number;
    readonly audio_input?: string | number;
    readonly audio_output?: string | number;
    readonly image_input?: string | number;
    readonly image_output?: string | number;
    readonly per_image?: string | number;
    readonly per_second?: string | number;
    readonly per_character?: string | number;
    readonly per_search?: string | number;
  };
};

export type NewKey = {
  readonly tenant_id: string;
  readonly name: string;
  readonly owner_user_id?: string | null;
  readonly models?: readonly string[] | null;
  readonly endpoints?: readonly ('chat/completions' | 'responses' | 'messages' | 'messages/count_tokens' | 'generateContent' | 'embeddings' | 'rerank' | 'moderations' | 'images/generations' | 'images/edits' | 'audio/speech' | 'audio/transcriptions' | 'audio/translations' | 'models')[] | null;
  readonly allowed_ips?: readonly string[] | null;
  readonly expires_at?: string | null;
  readonly limits?: {
    readonly rpm?: number | null;
    readonly tpm?: number | null;
    readonly rpd?: number | null;
    readonly tpd?: number | null;
    readonly concurrent?: number | null;
    readonly burst?: number | null;
    readonly unlimited?: boolean;
  };
  readonly signing?: 'off' | 'required';
  readonly cache?: 'off' | 'on';
  readonly tags?: Readonly<Record<string, string>>;
};

export type NewModel = {
  readonly name: string;
  readonly strategy?: 'priority-weight';
  readonly status?: 'active' | 'disabled';
};

export type NewPrice = {
  readonly deployment_id: string;
  readonly valid_from?: string;
  readonly free?: boolean;
  readonly input?: string | number;
  readonly output?: string | number;
  readonly cached_input?: string | number;
  readonly cache_write?: string | number;
  readonly reasoning?: string | number;
  readonly per_request?: string | number;
  readonly long_cache_write?: string | number;
  readonly audio_input?: string | number;
  readonly audio_output?: string | number;
  readonly image_input?: string | number;
  readonly image_output?: string | number;
  readonly per_image?: string | number;
  readonly per_second?: string | number;
  readonly per_character?: string | number;
  readonly per_search?: string | number;
};

export type NewProvider = {
  readonly name: string;
  readonly dialect: 'openai' | 'anthropic' | 'gemini' | 'azure-openai' | 'vertex' | 'bedrock' | 'cohere' | 'simulator';
  readonly base_url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeouts?: {
    readonly connect_ms?: number;
    readonly first_token_ms?: number;
    readonly idle_ms?: number;
    readonly total_ms?: number;
  };
  readonly status?: 'active' | 'disabled';
  readonly credentials?: readonly ({
    readonly value: string;
    readonly weight?: number;
  })[];
};

export type NewTenant = {
  readonly name: string;
  readonly billing: 'prepaid' | 'postpaid' | 'internal';
  readonly limits?: {
    readonly rpm?: number | null;
    readonly tpm?: number | null;
    readonly rpd?: number | null;
    readonly tpd?: number | null;
    readonly concurrent?: number | null;
    readonly burst?: number | null;
    readonly unlimited?: boolean;
  };
};

export type NewUser = {
  readonly tenant_id?: string;
  readonly email: string;
  readonly password?: string;
  readonly roles?: readonly ('owner' | 'admin' | 'member' | 'auditor')[];
};

export type PasswordChange = {
  readonly current_password: string;
  readonly new_password: string;
};

export type PasswordReset = {
  readonly reset_token: string;
  readonly new_password: string;
};

export type Price = {
  readonly id: string;
  readonly deployment_id: string;
  readonly valid_from: string;
  readonly free: boolean;
  readonly input: string;
  readonly output: string;
  readonly cached_input: string | null;
  readonly cache_write: string | null;
  readonly reasoning: string | null;
  readonly per_request: string;
  readonly long_cache_write: string | null;
  readonly audio_input: string | null;
  readonly audio_output: string | null;
  readonly image_input: string | null;
  readonly image_output: string | null;
  readonly per_image: string | null;
  readonly per_second: string | null;
  readonly per_character: string | null;
  readonly per_search: string | null;
  readonly managed_by: 'api' | 'file';
  readonly created_at: string;
};

export type PriceImportReport = {
  readonly added: number;
  readonly unchanged: number;
  readonly skipped: readonly ({
    readonly name: string;
    readonly reason: string;
  })[];
};

export type PriceList = {
  readonly data: readonly ({
    readonly id: string;
    readonly deployment_id: string;
    readonly valid_from: string;
    readonly free: boolean;
    readonly input: string;
    readonly output: string;
    readonly cached_input: string | null;
    readonly cache_write: string | null;
    readonly reasoning: string | null;
    readonly per_request: string;
    readonly long_cache_write: string | null;
    readonly audio_input: string | null;
    readonly audio_output: string | null;
    readonly image_input: string | null;
    readonly image_output: string | null;
    readonly per_image: string | null;
    readonly per_second: string | null;
    readonly per_character: string | null;
    readonly per_search: string | null;
    readonly managed_by: 'api' | 'file';
    readonly created_at: string;
  })[];
  readonly next_cursor: string | null;
};

export type PricePatch = {
  readonly valid_from?: string;
  readonly free?: boolean;
  readonly input?: string | number;
  readonly output?: string | number;
  readonly cached_input?: string | number | null;
  readonly cache_write?: string | number | null;
  readonly reasoning?: string | number | null;
  readonly per_request?: string | number;
  readonly long_cache_write?: string | number | null;
  readonly audio_input?: string | number | null;
  readonly audio_output?: string | number | null;
  readonly image_input?: string | number | null;
  readonly image_output?: string | number | null;
  readonly per_image?: string | number | null;
  readonly per_second?: string | number | null;
  readonly per_character?: string | number | null;
  readonly per_search?: string | number | null;
};

export type Provider = {
  readonly id: string;
  readonly name: string;
  readonly dialect: string;
  readonly base_url: string | null;
  readonly header_names: readonly string[];
  readonly timeouts: {
    readonly connect_ms?: number;
    readonly first_token_ms?: number;
    readonly idle_ms?: number;
    readonly total_ms?: number;
  };
  readonly status: 'active' | 'disabled';
  readonly managed_by: 'api' | 'file';
  readonly created_at: string;
  readonly updated_at: string;
};

export type ProviderList = {
  readonly data: readonly ({
    readonly id: string;
    readonly name: string;
    readonly dialect: string;
    readonly base_url: string | null;
    readonly header_names: readonly string[];
    readonly timeouts: {
      readonly connect_ms?: number;
      readonly first_token_ms?: number;
      readonly idle_ms?: number;
      readonly total_ms?: number;
    };
    readonly status: 'active' | 'disabled';
    readonly managed_by: 'api' | 'file';
    readonly created_at: string;
    readonly updated_at: string;
  })[];
  readonly next_cursor: string | null;
};

export type ProviderPatch = {
  readonly name?: string;
  readonly dialect?: 'openai' | 'anthropic' | 'gemini' | 'azure-openai' | 'vertex' | 'bedrock' | 'cohere' | 'simulator';
  readonly base_url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeouts?: {
    readonly connect_ms?: number;
    readonly first_token_ms?: number;
    readonly idle_ms?: number;
    readonly total_ms?: number;
  };
  readonly status?: 'active' | 'disabled';
};

export type Refresh = {
  readonly refresh_token: string;
};

export type Reset = {
  readonly reset_token: string;
  readonly expires_at: string;
};

export type Roles = {
  readonly roles: readonly ('owner' | 'admin' | 'member' | 'auditor')[];
};

export type RotatedKey = {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly owner_user_id: string | null;
  readonly prefix: string;
  readonly status: 'active' | 'revoked' | 'expired';
  readonly models: readonly string[] | null;
  readonly endpoints: readonly string[] | null;
  readonly allowed_ips: readonly string[] | null;
  readonly expires_at: string | null;
  readonly limits: {
    readonly rpm: number | null;
    readonly tpm: number | null;
    readonly rpd: number | null;
    readonly tpd: number | null;
    readonly concurrent: number | null;
    readonly burst: number | null;
    readonly unlimited: boolean;
  };
  readonly signing: 'off' | 'required';
  readonly cache: 'off' | 'on';
  readonly tags: Readonly<Record<string, string>>;
  readonly bounded: boolean;
  readonly managed_by: 'api' | 'file';
  readonly last_used_at: string | null;
  readonly created_at: string;
  readonly revoked_at: string | null;
  readonly key: string;
  readonly signing_secret?: string;
  readonly grace_ends_at: string;
};

export type SessionList = {
  readonly data: readonly ({
    readonly id: string;
    readonly user_id: string;
    readonly ip: string | null;
    readonly user_agent: string | null;
    readonly created_at: string;
    readonly last_used_at: string;
    readonly expires_at: string;
    readonly ended_at: string | null;
    readonly ended_reason: string | null;
    readonly current: boolean;
  })[];
  readonly next_cursor: string | null;
};

export type Sync = {
  readonly models?: readonly string[] | null;
  readonly prefix?: string;
  readonly dry_run?: boolean;
};

export type Synced = {
  readonly created: readonly string[];
  readonly existing: readonly string[];
  readonly taken: readonly string[];
  readonly missing: readonly string[];
};

export type Tenant = {
  readonly id: string;
  readonly name: string;
  readonly billing: 'prepaid' | 'postpaid' | 'internal';
  readonly status: 'active' | 'disabled';
  readonly limits: {
    readonly rpm: number | null;
    readonly tpm: number | null;
    readonly rpd: number | null;
    readonly tpd: number | null;
    readonly concurrent: number | null;
    readonly burst: number | null;
    readonly unlimited: boolean;
  };
  readonly managed_by: 'api' | 'file';
  readonly created_at: string;
  readonly updated_at: string;
};

export type TenantLimits = {
  readonly rpm?: number | null;
  readonly tpm?: number | null;
  readonly rpd?: number | null;
  readonly tpd?: number | null;
  readonly concurrent?: number | null;
  readonly burst?: number | null;
  readonly unlimited?: boolean;
};

export type TenantList = {
  readonly data: readonly ({
    readonly id: string;
    readonly name: string;
    readonly billing: 'prepaid' | 'postpaid' | 'internal';
    readonly status: 'active' | 'disabled';
    readonly limits: {
      readonly rpm: number | null;
      readonly tpm: number | null;
      readonly rpd: number | null;
      readonly tpd: number | null;
      readonly concurrent: number | null;
      readonly burst: number | null;
      readonly unlimited: boolean;
    };
    readonly managed_by: 'api' | 'file';
    readonly created_at: string;
    readonly updated_at: string;
  })[];
  readonly next_cursor: string | null;
};

export type TenantPatch = {
  readonly name?: string;
  readonly billing?: 'prepaid' | 'postpaid' | 'internal';
  readonly status?: 'active' | 'disabled';
  readonly limits?: {
    readonly rpm?: number | null;
    readonly tpm?: number | null;
    readonly rpd?: number | null;
    readonly tpd?: number | null;
    readonly concurrent?: number | null;
    readonly burst?: number | null;
    readonly unlimited?: boolean;
  };
};

export type Tokens = {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: 'bearer';
  readonly expires_in: number;
};

export type Trial = {
  readonly ok: boolean;
  readonly results: readonly ({
    readonly credential_id: string | null;
    readonly ok: boolean;
    readonly latency_ms: number;
    readonly models: number | null;
    readonly error: {
      readonly code: string;
      readonly message: string;
      readonly upstream_status: number | null;
    } | null;
  })[];
};

export type UsageList = {
  readonly data: readonly ({
    readonly id: string;
    readonly started_at: string;
    readonly channel: 'external' | 'internal';
    readonly tenant_id: string;
    readonly key_id: string | null;
    readonly model: string;
    readonly provider: string | null;
    readonly upstream_model: string | null;
    readonly dialect: 'openai' | 'anthropic' | 'gemini';
    readonly stream: boolean;
    readonly status: number;
    readonly error_code: string | null;
    readonly attempts: number;
    readonly input_tokens: number;
    readonly cached_input_tokens: number;
    readonly output_tokens: number;
    readonly reasoning_tokens: number;
    readonly images: number;
    readonly audio_seconds: number;
    readonly characters: number;
    readonly searches: number;
    readonly estimated: boolean;
    readonly cost_usd: string;
    readonly ttft_ms: number | null;
    readonly duration_ms: number | null;
    readonly overhead_ms: number | null;
    readonly client_request_id: string | null;
    readonly tags: Readonly<Record<string, string>>;
  })[];
  readonly next_cursor: string | null;
};

export type UsageSumList = {
  readonly data: readonly ({
    readonly day?: string | null;
    readonly tenant_id?: string | null;
    readonly key_id?: string | null;
    readonly user_id?: string | null;
    readonly model?: string | null;
    readonly provider?: string | null;
    readonly tag?: string | null;
    readonly requests: number;
    readonly errors: number;
    readonly input_tokens: number;
    readonly cached_input_tokens: number;
    readonly output_tokens: number;
    readonly reasoning_tokens: number;
    readonly cost_usd: string;
    readonly charged_usd: string;
    readonly uncollected_usd: string;
  })[];
  readonly next_cursor: string | null;
};

export type UserChange = {
  readonly email: string;
};

export type User = {
  readonly id: string;
  readonly tenant_id: string;
  readonly email: string;
  readonly status: 'active' | 'banned';
  readonly roles: readonly ('owner' | 'admin' | 'member' | 'auditor')[];
  readonly created_at: string;
  readonly updated_at: string;
};

export type UserList = {
  readonly data: readonly ({
    readonly id: string;
    readonly tenant_id: string;
    readonly email: string;
    readonly status: 'active' | 'banned';
    readonly roles: readonly ('owner' | 'admin' | 'member' | 'auditor')[];
    readonly created_at: string;
    readonly updated_at: string;
  })[];
  readonly next_cursor: string | null;
};

export interface Operations {
  'DELETE /auth/sessions': { headers?: Record<string, string>; answer: void };
  'DELETE /auth/sessions/{id}': { path: { id: string }; headers?: Record<string, string>; answer: void };
  'DELETE /blocked-ips/{id}': { path: { id: string }; headers?: Record<string, string>; answer: void };
  'DELETE /deployments/{id}': { path: { id: string }; headers?: Record<string, string>; answer: void };
  'DELETE /keys/{id}': { path: { id: string }; headers?: Record<string, string>; answer: void };
  'DELETE /models/{id}': { path: { id: string }; headers?: Record<string, string>; answer: void };
  'DELETE /prices/{id}': { path: { id: string }; headers?: Record<string, string>; answer: void };
  'DELETE /providers/{id}': { path: { id: string }; headers?: Record<string, string>; answer: void };
  'DELETE /providers/{id}/credentials/{credentialId}': { path: { id: string; credentialId: string }; headers?: Record<string, string>; answer: void };
  'DELETE /sessions/{id}': { path: { id: string }; headers?: Record<string, string>; answer: void };
  'GET /audit': { query?: { limit?: number; cursor?: string; format?: 'json' | 'csv'; tenant_id?: string; actor_kind?: 'user' | 'key' | 'file' | 'system'; actor_id?: string; action?: string; subject_type?: string; subject_id?: string; request_id?: string; from?: string; to?: string }; headers?: Record<string, string>; answer: AuditList };
  'GET /auth/me': { headers?: Record<string, string>; answer: Me };
  'GET /auth/sessions': { query?: { limit?: number; cursor?: string }; headers?: Record<string, string>; answer: SessionList };
  'GET /blocked-ips': { query?: { limit?: number; cursor?: string }; headers?: Record<string, string>; answer: BlockedIpList };
  'GET /blocked-ips/{id}': { path: { id: string }; headers?: Record<string, string>; answer: BlockedIp };
  'GET /deployments': { query?: { limit?: number; cursor?: string; model_id?: string; provider_id?: string }; headers?: Record<string, string>; answer: DeploymentList };
  'GET /deployments/{id}': { path: { id: string }; headers?: Record<string, string>; answer: Deployment };
  'GET /keys': { query?: { limit?: number; cursor?: string; tenant_id?: string; owner_user_id?: string }; headers?: Record<string, string>; answer: KeyList };
  'GET /keys/{id}': { path: { id: string }; headers?: Record<string, string>; answer: Key };
  'GET /keys/{id}/budgets': { path: { id: string }; headers?: Record<string, string>; answer: BudgetList };
  'GET /keys/{id}/usage': { path: { id: string }; query?: { from?: string; to?: string }; headers?: Record<string, string>; answer: KeyUsage };
  'GET /ledger': { query?: { limit?: number; cursor?: string; format?: 'json' | 'csv'; tenant_id?: string; kind?: 'usage' | 'expired' | 'correction' | 'credit' | 'adjustment'; request_id?: string; key_id?: string; model?: string; min_amount_usd?: string; from?: string; to?: string }; headers?: Record<string, string>; answer: LedgerList };
  'GET /models': { query?: { limit?: number; cursor?: string }; headers?: Record<string, string>; answer: ModelList };
  'GET /models/{id}': { path: { id: string }; headers?: Record<string, string>; answer: Model };
  'GET /prices': { query?: { limit?: number; cursor?: string; deployment_id?: string }; headers?: Record<string, string>; answer: PriceList };
  'GET /prices/list': { query?: { limit?: number; cursor?: string; provider?: string; model?: string; source?: string; holds?: string }; headers?: Record<string, string>; answer: ListPriceList };
  'GET /prices/list/{id}': { path: { id: string }; headers?: Record<string, string>; answer: ListPrice };
  'GET /prices/{id}': { path: { id: string }; headers?: Record<string, string>; answer: Price };
  'GET /providers': { query?: { limit?: number; cursor?: string }; headers?: Record<string, string>; answer: ProviderList };
  'GET /providers/{id}': { path: { id: string }; headers?: Record<string, string>; answer: Provider };
  'GET /providers/{id}/credentials': { path: { id: string }; headers?: Record<string, string>; answer: CredentialList };
  'GET /providers/{id}/credentials/{credentialId}': { path: { id: string; credentialId: string }; headers?: Record<string, string>; answer: Credential };
  'GET /sessions': { query?: { limit?: number; cursor?: string; tenant_id?: string; user_id?: string; ended?: 'true' | 'false' }; headers?: Record<string, string>; answer: SessionList };
  'GET /tenants': { query?: { limit?: number; cursor?: string }; headers?: Record<string, string>; answer: TenantList };
  'GET /tenants/{id}': { path: { id: string }; headers?: Record<string, string>; answer: Tenant };
  'GET /tenants/{id}/balance': { path: { id: string }; headers?: Record<string, string>; answer: Balance };
  'GET /tenants/{id}/budgets': { path: { id: string }; headers?: Record<string, string>; answer: BudgetList };
  'GET /usage': { query?: { limit?: number; cursor?: string; tenant_id?: string; key_id?: string; user_id?: string; model?: string; provider?: string; tag?: string | readonly string[]; day?: string; from?: string; to?: string; format?: 'json' | 'csv'; request_id?: string; channel?: 'external' | 'internal'; status?: number; error_code?: string; min_cost_usd?: string }; headers?: Record<string, string>; answer: UsageList };
  'GET /usage/summary': { query?: { tenant_id?: string; key_id?: string; user_id?: string; model?: string; provider?: string; tag?: string | readonly string[]; day?: string; from?: string; to?: string; group_by?: string; format?: 'json' | 'csv'; limit?: number; cursor?: string }; headers?: Record<string, string>; answer: UsageSumList };
  'GET /users': { query?: { limit?: number; cursor?: string; tenant_id?: string; email?: string; status?: 'active' | 'banned'; role?: 'owner' | 'admin' | 'member' | 'auditor' }; headers?: Record<string, string>; answer: UserList };
  'GET /users/{id}': { path: { id: string }; headers?: Record<string, string>; answer: User };
  'PATCH /deployments/{id}': { path: { id: string }; body: DeploymentPatch; headers?: Record<string, string>; answer: Deployment };
  'PATCH /keys/{id}': { path: { id: string }; body: KeyPatch; headers?: Record<string, string>; answer: EditedKey };
  'PATCH /models/{id}': { path: { id: string }; body: ModelPatch; headers?: Record<string, string>; answer: Model };
  'PATCH /prices/{id}': { path: { id: string }; body: PricePatch; headers?: Record<string, string>; answer: Price };
  'PATCH /providers/{id}': { path: { id: string }; body: ProviderPatch; headers?: Record<string, string>; answer: Provider };
  'PATCH /providers/{id}/credentials/{credentialId}': { path: { id: string; credentialId: string }; body: CredentialPatch; headers?: Record<string, string>; answer: Credential };
  'PATCH /tenants/{id}': { path: { id: string }; body: TenantPatch; headers?: Record<string, string>; answer: Tenant };
  'PATCH /users/{id}': { path: { id: string }; body: UserChange; headers?: Record<string, string>; answer: User };
  'POST /auth/login': { body: Login; headers?: Record<string, string>; answer: Tokens };
  'POST /auth/logout': { idempotencyKey?: string; headers?: Record<string, string>; answer: void };
  'POST /auth/logout-all': { idempotencyKey?: string; headers?: Record<string, string>; answer: void };
  'POST /auth/password': { body: PasswordChange; idempotencyKey?: string; headers?: Record<string, string>; answer: void };
  'POST /auth/password/reset': { body: PasswordReset; headers?: Record<string, string>; answer: Tokens };
  'POST /auth/refresh': { body: Refresh; headers?: Record<string, string>; answer: Tokens };
  'POST /blocked-ips': { body: NewBlockedIp; idempotencyKey?: string; headers?: Record<string, string>; answer: BlockedIp };
  'POST /deployments': { body: NewDeployment; idempotencyKey?: string; headers?: Record<string, string>; answer: Deployment };
  'POST /keys': { body: NewKey; idempotencyKey?: string; headers?: Record<string, string>; answer: MadeKey };
  'POST /keys/{id}/revoke': { path: { id: string }; idempotencyKey?: string; headers?: Record<string, string>; answer: Key };
  'POST /keys/{id}/rotate': { path: { id: string }; query?: { grace_period_hours?: string }; idempotencyKey?: string; headers?: Record<string, string>; answer: RotatedKey };
  'POST /models': { body: NewModel; idempotencyKey?: string; headers?: Record<string, string>; answer: Model };
  'POST /prices': { body: NewPrice; idempotencyKey?: string; headers?: Record<string, string>; answer: Price };
  'POST /prices/import': { query?: { source?: string; valid_from?: string; start_set?: string }; body?: Readonly<Record<string, Readonly<Record<string, unknown>>>>; idempotencyKey?: string; headers?: Record<string, string>; answer: PriceImportReport };
  'POST /providers': { body: NewProvider; idempotencyKey?: string; headers?: Record<string, string>; answer: Provider };
  'POST /providers/{id}/credentials': { path: { id: string }; body: NewCredential; idempotencyKey?: string; headers?: Record<string, string>; answer: Credential };
  'POST /providers/{id}/models/sync': { path: { id: string }; body: Sync; idempotencyKey?: string; headers?: Record<string, string>; answer: Synced };
  'POST /providers/{id}/test': { path: { id: string }; idempotencyKey?: string; headers?: Record<string, string>; answer: Trial };
  'POST /tenants': { body: NewTenant; idempotencyKey?: string; headers?: Record<string, string>; answer: Tenant };
  'POST /tenants/{id}/credits': { path: { id: string }; body: Credit; idempotencyKey: string; headers?: Record<string, string>; answer: LedgerEntry };
  'POST /tenants/{id}/freeze': { path: { id: string }; body: Freeze; idempotencyKey?: string; headers?: Record<string, string>; answer: Balance };
  'POST /tenants/{id}/unfreeze': { path: { id: string }; idempotencyKey?: string; headers?: Record<string, string>; answer: Balance };
  'POST /users': { body: NewUser; idempotencyKey?: string; headers?: Record<string, string>; answer: MadeUser };
  'POST /users/{id}/ban': { path: { id: string }; body: Ban; idempotencyKey?: string; headers?: Record<string, string>; answer: User };
  'POST /users/{id}/password-reset': { path: { id: string }; idempotencyKey?: string; headers?: Record<string, string>; answer: Reset };
  'POST /users/{id}/roles': { path: { id: string }; body: Roles; idempotencyKey?: string; headers?: Record<string, string>; answer: User };
  'POST /users/{id}/unban': { path: { id: string }; idempotencyKey?: string; headers?: Record<string, string>; answer: User };
  'PUT /admin/api-keys/{id}/rate-limit': { path: { id: string }; body: FormLimits; headers?: Record<string, string>; answer: Key };
  'PUT /keys/{id}/budgets': { path: { id: string }; body: Budgets; headers?: Record<string, string>; answer: BudgetList };
  'PUT /keys/{id}/limits': { path: { id: string }; body: KeyLimits; headers?: Record<string, string>; answer: Key };
  'PUT /tenants/{id}/budgets': { path: { id: string }; body: Budgets; headers?: Record<string, string>; answer: BudgetList };
  'PUT /tenants/{id}/limits': { path: { id: string }; body: TenantLimits; headers?: Record<string, string>; answer: Tenant };
}
