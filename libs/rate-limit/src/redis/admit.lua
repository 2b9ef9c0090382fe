--[[
  Decides calls in the order given: the first scope that is over refuses, and a refused call takes nothing from any scope.
  An admitted one takes a request and its tokens from every window, and a lease where running requests are limited.
  KEYS     counters (hash) and leases (sorted set) of the scopes below, in any order; all in one slot
           hash fields of a window: <name> what passed, <name>:s its start in ms, <name>:p what passed in the window before
  ARGV[1]  windows  JSON array of {name, lengthMs, tokens, aligned, slides}: what may be limited, in the order of checking
  ARGV[2]  scopes   JSON array of [counters key, leases key or 0, running or -1, limit or -1 for each window]; keys as positions in KEYS
  ARGV[3]  calls    JSON array of [id, tokens, scope, …]; scopes as positions in ARGV[2]
  ARGV[4]  lease    ms that a lease lasts unless it is renewed
  ARGV[5]  now      ms; empty but in tests: Redis's clock, because gateways disagree about the time
  Returns  now, then for each call: 0 or who refuses (position of the scope among its scopes × 16 + position of the window, one past the
           last window for the limit on running requests), then for each of its scopes, for each limited window: what passed,
           what passed in the window before, ms since the window's start.
]]
local windows, scopes, calls = cjson.decode(ARGV[1]), cjson.decode(ARGV[2]), cjson.decode(ARGV[3])
local lease = tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = tonumber(ARGV[5]) or clock[1] * 1000 + math.floor(clock[2] / 1000)

-- Turns a stored window to the present one. A clock that was set back stays in the window that it had reached.
local function turn(rule, start, current, previous)
  local length = rule.lengthMs
  if not rule.aligned then
    if start and current > 0 and math.abs(now - start) < length then return start, current, 0 end
    return now, 0, 0
  end
  local begins = now - now % length
  if start == begins or start == begins + length then return start, current, previous end
  if start == begins - length and rule.slides then return begins, 0, current end
  return begins, 0, 0
end

local function openWindow(stored, rule, position, limit)
  local start, current, previous = turn(rule, stored[rule.name .. ':s'], stored[rule.name] or 0, stored[rule.name .. ':p'] or 0)
  return {
    rule = rule, position = position, length = rule.lengthMs, limit = limit, start = start, current = current, previous = previous,
    elapsed = math.max(0, now - start), turned = start ~= stored[rule.name .. ':s'],
  }
end

local function countRunning(leases, most)
  local running = redis.call('ZCARD', leases)
  if running + #calls <= most then return running end
  redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
  return redis.call('ZCARD', leases)
end

local function openScope(row)
  local stored, flat, open = {}, redis.call('HGETALL', KEYS[row[1]]), {}
  for i = 1, #flat, 2 do stored[flat[i]] = tonumber(flat[i + 1]) end
  for i, rule in ipairs(windows) do
    if row[3 + i] >= 0 then open[#open + 1] = openWindow(stored, rule, i, row[3 + i]) end
  end
  local scope = { counters = KEYS[row[1]], windows = open, most = row[3] }
  if scope.most >= 0 then
    scope.leases, scope.taken = KEYS[row[2]], {}
    scope.running = countRunning(scope.leases, scope.most)
  end
  return scope
end

local opened = {}
for i, row in ipairs(scopes) do opened[i] = openScope(row) end

-- Multiplied by the length instead of divided by it: sums of integers, so exactly the limit is admitted and never one more.
local function refusing(scope, tokens)
  for _, window in ipairs(scope.windows) do
    local cost = window.rule.tokens and tokens or 1
    local length = window.length
    if (window.current + cost) * length + window.previous * (length - window.elapsed) > window.limit * length then return window.position end
  end
  return scope.running and scope.running >= scope.most and #windows + 1 or 0
end

local function take(scope, id, tokens)
  scope.dirty = true
  for _, window in ipairs(scope.windows) do
    window.current = window.current + (window.rule.tokens and tokens or 1)
  end
  if scope.running then
    scope.running = scope.running + 1
    table.insert(scope.taken, now + lease)
    table.insert(scope.taken, id)
  end
end

local out = { now }
for _, call in ipairs(calls) do
  local verdict = 0
  for i = 3, #call do
    local position = refusing(opened[call[i]], call[2])
    if position > 0 then
      verdict = (i - 3) * 16 + position
      break
    end
  end
  out[#out + 1] = verdict
  for i = 3, #call do
    local scope = opened[call[i]]
    if verdict == 0 then take(scope, call[1], call[2]) end
    for _, window in ipairs(scope.windows) do
      local n = #out
      out[n + 1], out[n + 2], out[n + 3] = window.current, window.previous, window.elapsed
    end
  end
end

local function store(scope)
  local fields, keep = {}, 0
  for _, window in ipairs(scope.windows) do
    local name = window.rule.name
    table.insert(fields, name)
    table.insert(fields, window.current)
    if window.turned then
      fields[#fields + 1], fields[#fields + 2] = name .. ':s', window.start
      fields[#fields + 1], fields[#fields + 2] = name .. ':p', window.previous
    end
    keep = math.max(keep, (window.rule.slides and 2 or 1) * window.length)
    scope.turned = scope.turned or window.turned
  end
  if #fields > 0 then redis.call('HSET', scope.counters, unpack(fields)) end
  -- Set when a window begins, the key outlives every window that still counts.
  if scope.turned then redis.call('PEXPIRE', scope.counters, keep) end
  if scope.taken and #scope.taken > 0 then
    redis.call('ZADD', scope.leases, unpack(scope.taken))
    redis.call('PEXPIRE', scope.leases, lease)
  end
end

for _, scope in ipairs(opened) do
  if scope.dirty then store(scope) end
end
return out
