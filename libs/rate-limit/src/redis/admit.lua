--[[
  Decides calls in the order given: the first scope that is over refuses, and a refused call takes nothing from any scope.
  An admitted one takes a request and its tokens from every window, and a lease where running requests are limited.
  KEYS     counters (hash) and leases (sorted set) of the scopes below, in any order; all in one slot
           a window is one field of the hash, by its name: "<its start in ms> <what passed> <what passed in the window before>"
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

local function openWindow(stored, position, limit)
  local rule = windows[position]
  local known, passed, before = string.match(stored or '', '(%d+) (%d+) (%d+)')
  known = tonumber(known)
  local start, current, previous = turn(rule, known, tonumber(passed) or 0, tonumber(before) or 0)
  return {
    rule = rule, position = position, limit = limit, start = start, current = current, previous = previous,
    elapsed = math.max(0, now - start), turned = start ~= known,
  }
end

local function countRunning(leases, most)
  local running = redis.call('ZCARD', leases)
  if running + #calls <= most then return running end
  redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
  return redis.call('ZCARD', leases)
end

local function openScope(row)
  local scope = { counters = KEYS[row[1]], windows = {}, most = row[3] }
  local names, positions = {}, {}
  for i = 1, #windows do
    if row[3 + i] >= 0 then names[#names + 1], positions[#positions + 1] = windows[i].name, i end
  end
  if #names > 0 then
    local stored = redis.call('HMGET', scope.counters, unpack(names))
    for n, i in ipairs(positions) do scope.windows[n] = openWindow(stored[n], i, row[3 + i]) end
  end
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
    local length = window.rule.lengthMs
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
    local n = #scope.taken
    scope.taken[n + 1], scope.taken[n + 2] = now + lease, id
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
    local n, rule = #fields, window.rule
    fields[n + 1], fields[n + 2] = rule.name, window.start .. ' ' .. window.current .. ' ' .. window.previous
    keep = math.max(keep, (rule.slides and 2 or 1) * rule.lengthMs)
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
