import PMRecord
import PolymarketAPI

/// The way of a question: asked once for all who wait, answered in as many requests as it takes.
extension Enricher {
    /// What the caches have; what is stale there is looked up anew behind the trade's back.
    mutating func known(_ key: LookupKey, at now: Moment) -> Finding? {
        guard let (finding, isStale) = caches.finding(for: key, at: now) else { return nil }
        if isStale, lookups[key] == nil, unwaited.count < settings.mostUnwaited {
            begin(key, waiters: [], .later, worth: .zero, at: now)
        }
        return finding
    }

    /// Joins the lookup that is running, or begins one.
    mutating func wait(for key: LookupKey, _ number: Number, at now: Moment) {
        guard let entry = open[number] else { return }
        let (share, worth) = (entry.share, entry.trade.value)
        guard lookups[key] != nil else { return begin(key, waiters: [number], share, worth: worth, at: now) }
        lookups[key]!.waiters.append(number)
        unwaited.remove(key)
        for ticket in lookups[key]!.requests.keys {
            requests.raise(ticket, share, worth: worth, since: lookups[key]!.start)
        }
    }

    /// Takes the answer to one request of a lookup.
    mutating func take(_ answer: Answer, to ticket: RequestQueue.Ticket, at now: Moment) {
        guard let key = keys.removeValue(forKey: ticket), var lookup = lookups[key],
            let request = lookup.requests.removeValue(forKey: ticket)
        else { return }
        lookup.hasBegun = true
        let more = take(answer, to: request, into: &lookup)
        let waiters = lookup.waiters.compactMap { open[$0] }
        let share: RequestQueue.Share = waiters.contains { $0.share == .live } ? .live : .later
        let worth = waiters.lazy.filter { $0.share == share }.map(\.trade.value).max() ?? .zero
        for request in more { add(request, to: &lookup, key, share, worth: worth, at: now) }
        guard lookup.requests.isEmpty else {
            lookups[key] = lookup
            return
        }
        lookups[key] = nil
        unwaited.remove(key)
        settle(key, lookup.lookup.finding(at: now.time), waiters: lookup.waiters, at: now)
    }

    /// What cannot be read is counted, and taken for a failure.
    private mutating func take(
        _ answer: Answer, to request: APIRequest, into lookup: inout RunningLookup
    ) -> [APIRequest] {
        do throws(APIError) {
            return try lookup.lookup.take(answer, to: request)
        } catch {
            counts.unreadable += 1
            return (try? lookup.lookup.take(.failed(error.reason), to: request)) ?? []
        }
    }

    /// A trade waits no longer. What nobody waits for is found out all the same if that has begun, when the others leave
    /// it a turn, so that a later try has it; unless there is too much of that.
    mutating func abandon(_ key: LookupKey, _ number: Number, at now: Moment) {
        lookups[key]?.waiters.removeAll { $0 == number }
        guard let lookup = lookups[key], lookup.waiters.isEmpty, !unwaited.contains(key) else { return }
        let hasBegun = lookup.hasBegun || lookup.requests.keys.contains { requests.isUnderWay($0) }
        if hasBegun, unwaited.count < settings.mostUnwaited {
            unwaited.insert(key)
            for ticket in lookup.requests.keys { requests.demote(ticket, at: now.instant) }
        } else {
            lookups[key] = nil
            for ticket in lookup.requests.keys {
                keys[ticket] = nil
                requests.forget(ticket)
            }
        }
    }

    /// Asks for the leaderboards whose time has come. No trade waits for them.
    mutating func readStandings(at now: Moment) {
        for period in standings.due(at: now.instant) where lookups[.leaderboard(period)] == nil {
            begin(.leaderboard(period), waiters: [], .later, worth: .zero, at: now)
        }
    }

    private mutating func begin(
        _ key: LookupKey, waiters: [Number], _ share: RequestQueue.Share, worth: Micros, at now: Moment
    ) {
        var lookup = RunningLookup(
            lookup: key.makeLookup(hasPolygon: settings.hasPolygon), start: now.instant, waiters: waiters)
        if waiters.isEmpty { unwaited.insert(key) }
        var delay = Duration.zero
        if case .owner(let question) = key {
            delay = max(.zero, now.time.duration(to: question.time.advanced(by: OwnerLookup.visibility)))
        }
        for request in lookup.lookup.begin() {
            let pause = min(delay, OwnerLookup.visibility)
            add(request, to: &lookup, key, share, worth: worth, after: pause, at: now)
        }
        lookups[key] = lookup
    }

    private mutating func add(
        _ request: APIRequest, to lookup: inout RunningLookup, _ key: LookupKey,
        _ share: RequestQueue.Share, worth: Micros, after delay: Duration = .zero, at now: Moment
    ) {
        let ticket = requests.add(
            request, share, worth: worth, since: lookup.start, after: delay, at: now.instant)
        lookup.requests[ticket] = request
        keys[ticket] = key
    }

    private mutating func settle(_ key: LookupKey, _ finding: Finding, waiters: [Number], at now: Moment) {
        caches.set(finding, for: key, at: now)
        tell(finding, of: key, at: now)
        for number in waiters where open[number] != nil {
            let known = open[number]!.needs.count
            open[number]!.take(finding, for: key)
            for key in open[number]!.needs[known...] {
                if let finding = self.known(key, at: now) {
                    open[number]!.take(finding, for: key)
                } else {
                    open[number]!.missing.insert(key)
                    wait(for: key, number, at: now)
                }
            }
            if open[number]!.missing.isEmpty { leave(number, at: now) }
        }
    }

    /// Tells what is a record of its own.
    private mutating func tell(_ finding: Finding, of key: LookupKey, at now: Moment) {
        switch (key, finding) {
        case (.leaderboard(let period), .leaderboard(let places)):
            output.append(standings.set(period, places, asOf: now.time))
            amended += 1
        case (.leaderboard(let period), _): standings.failed(period, at: now.instant)
        case (.wallet(let address), .wallet(let wallet)) where wallet.isWhole:
            guard let portfolio = wallet.profile.portfolio(of: address) else { break }
            output.append(portfolio)
            amended += 1
        default: break
        }
    }
}
