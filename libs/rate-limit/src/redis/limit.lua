--[[
  Ends calls that were admitted, then decides new ones in the order given, so that a new one may have what an ended one gives back.
  An end corrects what its call took, in the window in which it took it, and frees its leases; nothing falls below zero.
  Of a new call the first scope that is over refuses, and a refused one takes nothing from any scope. An admitted one takes a request and its
  tokens from every window, and a lease where running requests are limited.

  In front of this text stands `windows`: what may be limited, in the order of checking, each {lengthMs, tokens, aligned, slides}.
  KEYS     counters (string) and leases (sorted set) of the scopes below, in any order; all in one slot
           counters are numbers packed as doubles: start in ms, what passed, what passed in the window before, for each of `windows`
  ARGV[1]  JSON array [scopes, ends, calls, lease, now]
           scopes  [counters, leases or 0, running or -1, limit or -1 for each window], …; keys as positions in KEYS
           ends    [id, taken at in ms, requests to add, tokens to add, scope, …], …; scopes as positions in `scopes`
           calls   [id, tokens, scope, …], …
           lease   ms that a lease lasts unless it is renewed
           now     ms; 0 but in tests: Redis's clock, because gateways disagree about the time
  Returns  now, then for each call: 0 or who refuses (position of the scope among its scopes × 16 + position of the window, one past the
           last window for the limit on running requests), then for each of its scopes, for each limited window: what passed,
           what passed in the window before, ms since the window's start.
]]
local request = cjson.decode(ARGV[1])
local scopes, ends, calls, lease, now = request[1], request[2], request[3], request[4], request[5]
if now == 0 then
  local clock = redis.call('TIME')
  now = clock[1] * 1000 + math.floor(clock[2] / 1000)
end

-- Of window w: state[3w - 2] is its start, state[3w - 1] what passed, state[3w] what passed before it.
local NUMBERS = 3 * #windows
local LAYOUT = '<' .. string.rep('d', NUMBERS)

local function read(key)
  local stored = redis.call('GET', key)
  if stored and #stored == 8 * NUMBERS then return { struct.unpack(LAYOUT, stored) } end
  local state = {}
  for i = 1, NUMBERS do state[i] = 0 end
  return state
end

local function open(row)
  local scope = { counters = KEYS[row[1]], limited = {}, limits = {}, keepMs = 0, taken = {}, freed = {} }
  for w = 1, #windows do
    if row[3 + w] >= 0 then
      scope.limited[#scope.limited + 1] = w
      scope.limits[w] = row[3 + w]
      scope.keepMs = math.max(scope.keepMs, (windows[w].slides and 2 or 1) * windows[w].lengthMs)
    end
  end
  if #scope.limited > 0 then scope.state = read(scope.counters) end
  if row[3] >= 0 then scope.leases, scope.most = KEYS[row[2]], row[3] end
  return scope
end

local opened = {}
for i, row in ipairs(scopes) do opened[i] = open(row) end

-- Where in its state what passed in window w at `at` is counted; nil when it no longer counts.
local function placeOf(state, w, at)
  local rule, start = windows[w], state[3 * w - 2]
  if not rule.aligned then return at >= start and at < start + rule.lengthMs and 3 * w - 1 or nil end
  local begins = at - at % rule.lengthMs
  if start == begins then return 3 * w - 1 end
  return rule.slides and start == begins + rule.lengthMs and 3 * w or nil
end

for _, ended in ipairs(ends) do
  for i = 5, #ended do
    local scope = opened[ended[i]]
    for _, w in ipairs(scope.limited) do
      local difference = windows[w].tokens and ended[4] or ended[3]
      local place = difference ~= 0 and placeOf(scope.state, w, ended[2])
      if place then
        scope.state[place] = math.max(0, scope.state[place] + difference)
        scope.isChanged = true
      end
    end
    if scope.leases then scope.freed[#scope.freed + 1] = ended[1] end
  end
end

-- Turns a window to the present one. A clock that was set back stays in the window that it had reached.
local function turn(state, w)
  local rule, start, passed = windows[w], state[3 * w - 2], state[3 * w - 1]
  local begins, before = now, 0
  if rule.aligned then
    begins = now - now % rule.lengthMs
    if start == begins or start == begins + rule.lengthMs then return end
    if rule.slides and start == begins - rule.lengthMs then before = passed end
  elseif passed > 0 and math.abs(now - start) < rule.lengthMs then
    return
  end
  state[3 * w - 2], state[3 * w - 1], state[3 * w] = begins, 0, before
end

local function countRunning(scope)
  local running = redis.call('ZCARD', scope.leases)
  if running + #calls <= scope.most then return running end
  redis.call('ZREMRANGEBYSCORE', scope.leases, '-inf', now)
  return redis.call('ZCARD', scope.leases)
end

for _, scope in ipairs(opened) do
  if #scope.freed > 0 then redis.call('ZREM', scope.leases, unpack(scope.freed)) end
  for _, w in ipairs(scope.limited) do turn(scope.state, w) end
  if scope.leases and #calls > 0 then scope.running = countRunning(scope) end
end

-- Multiplied by the length instead of divided by it: sums of integers, so exactly the limit is admitted and never one more.
local function refusing(scope, tokens)
  local state = scope.state
  for _, w in ipairs(scope.limited) do
    local length = windows[w].lengthMs
    local elapsed = math.max(0, now - state[3 * w - 2])
    if (state[3 * w - 1] + (windows[w].tokens and tokens or 1)) * length + state[3 * w] * (length - elapsed) > scope.limits[w] * length then return w end
  end
  return scope.running and scope.running >= scope.most and #windows + 1 or 0
end

local function take(scope, id, tokens)
  local state, taken = scope.state, scope.taken
  scope.isChanged = true
  for _, w in ipairs(scope.limited) do state[3 * w - 1] = state[3 * w - 1] + (windows[w].tokens and tokens or 1) end
  if not scope.running then return end
  scope.running = scope.running + 1
  local n = #taken
  taken[n + 1], taken[n + 2] = now + lease, id
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
    local state = scope.state
    if verdict == 0 then take(scope, call[1], call[2]) end
    for _, w in ipairs(scope.limited) do
      local n = #out
      out[n + 1], out[n + 2], out[n + 3] = state[3 * w - 1], state[3 * w], math.max(0, now - state[3 * w - 2])
    end
  end
end

for _, scope in ipairs(opened) do
  if scope.isChanged and scope.state then redis.call('SET', scope.counters, struct.pack(LAYOUT, unpack(scope.state, 1, NUMBERS)), 'PX', scope.keepMs) end
  if #scope.taken > 0 then
    redis.call('ZADD', scope.leases, unpack(scope.taken))
    redis.call('PEXPIRE', scope.leases, lease)
  end
end
return out
