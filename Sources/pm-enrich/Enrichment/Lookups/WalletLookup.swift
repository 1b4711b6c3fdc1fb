import PMRecord
import PolymarketAPI

/// Reads a wallet's positions, trades, statistics, value and public profile, in parallel.
///
/// Positions are walked by time: by value, losers come last, and by profit, winners come first. A wallet with more
/// positions than the bounds, or with an unreadable one, is marked as truncated. Source: docs/POLYMARKET.md, "What the
/// worker makes of a trade".
struct WalletLookup: Lookup {
    private static let maxPositions = 10_000
    private static let maxDuration = Duration.seconds(60)
    /// The smallest size that the service shows. Without a minimum it leaves out positions below 0.1 share.
    private static let leastShares = Micros(count: 100)

    private let address: String
    private var answers = WalletAnswers()
    private var walks: [ProfilePart: PageWalk<DataAPI.PositionsRead>] = [:]
    private var comboWalk: PageWalk<DataAPI.ComboPositionsRead>?
    private var comboProfit = Micros.zero
    private var tallies: [ProfilePart: PositionTally] = [:]
    /// Hashes of the tokens of each list, so that a position that is closed between two pages counts once.
    private var tokens: [ProfilePart: Set<Int>] = [:]
    private var parts: [APIRequest: ProfilePart] = [:]
    private var versions: [ProfilePart: DataAPIVersion] = [:]
    private var restarts: [ProfilePart: Int] = [:]
    private var problems: [ProfilePart: ProfileProblem] = [:]

    init(_ address: String) {
        self.address = address
    }

    mutating func begin(_ context: inout LookupContext) -> [FollowUp] {
        var requests: [FollowUp] = []
        for part in [ProfilePart.open, .closed, .trades, .stats, .value, .account] {
            requests += start(part, &context)
        }
        return requests
    }

    mutating func take(
        _ answer: LookupAnswer, to request: APIRequest, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        guard let part = parts[request] else { return [] }
        switch answer {
        case .failed(let reason): abandon(part, ProfileProblem(request.route, reason))
        case .absent where part == .account: answers.account = .some(.none)
        // Version 2 may be gone where version 1 is preferred.
        case .absent where part == .stats && context.prefersVersion1: return []
        case .absent(let status):
            if request.route.dataResource != nil, restarts[part, default: 0] < maxRestarts {
                restarts[part, default: 0] += 1
                return start(part, &context)
            }
            abandon(part, ProfileProblem(request.route, "HTTP \(status)"))
        case .body(let body): return try read(body, of: part, from: request.route, &context)
        }
        return []
    }

    func result(at now: Timestamp) -> LookupResult {
        guard !answers.isEmpty else {
            // All routes failed, usually for the same reason.
            return .failed(ProfilePart.allCases.lazy.compactMap { problems[$0]?.text }.first ?? "no answer")
        }
        return .wallet(WalletSnapshot(WalletProfile(answers, asOf: now), problems: problems))
    }
}

// MARK: - Requests

extension WalletLookup {
    /// Starts to read a part, or starts again.
    private mutating func start(_ part: ProfilePart, _ context: inout LookupContext) -> [FollowUp] {
        versions[part] = part.resource.map { context.version(for: $0) }
        switch part {
        case .open, .closed:
            var read = DataAPI.PositionsRead(
                versions[part]!, of: address, part == .open ? .open : .closed)
            // What is left of a position may be dust, and its profit is not.
            read.leastShares = Self.leastShares
            let bounds = PageWalk<DataAPI.PositionsRead>.Bounds(
                rows: Self.maxPositions, duration: Self.maxDuration)
            walks[part] = PageWalk(read, within: bounds, at: context.now.instant)
            (tallies[part], tokens[part]) = (PositionTally(), [])
            return ask(walks[part]!.request!, for: part)
        case .trades: return ask(tradesRead(of: part).request(at: .start), for: part)
        case .firstTrades: return ask(tradesRead(of: part).request(at: .start), for: part)
        case .stats:
            // Version 1 counts markets there, not trades.
            guard versions[part] == .v2 || context.prefersVersion1 else { return [] }
            return ask(DataAPI.UserStatsRead(of: address).request, for: part)
        case .volume: return ask(DataAPI.UserVolumeRead(of: address).request, for: part)
        case .combos:
            comboWalk = PageWalk(
                DataAPI.ComboPositionsRead(of: address),
                within: PageWalk.Bounds(rows: Self.maxPositions, duration: Self.maxDuration),
                at: context.now.instant)
            return ask(comboWalk!.request!, for: part)
        case .value: return ask(valueRead.request, for: part)
        case .largest: return ask(largestRead.request(at: .start), for: part)
        case .account: return ask(Gamma.profile(of: address), for: part)
        }
    }

    private mutating func ask(_ request: APIRequest, for part: ProfilePart) -> [FollowUp] {
        parts[request] = part
        return [FollowUp(request)]
    }

    private func tradesRead(of part: ProfilePart) -> DataAPI.TradesRead {
        var read = DataAPI.TradesRead(versions[part]!, wallet: address, takerOnly: false)
        read.limit = part == .trades ? Activity.window : fewTrades
        read.coversAllTime = part == .firstTrades
        return read
    }

    private var valueRead: DataAPI.PortfolioValueRead {
        DataAPI.PortfolioValueRead(versions[.value]!, of: address)
    }

    private var largestRead: DataAPI.PositionsRead {
        var read = DataAPI.PositionsRead(.v2, of: address, .open, by: .value)
        read.limit = 1
        return read
    }
}

// MARK: - Answers

extension WalletLookup {
    private mutating func read(
        _ body: [UInt8], of part: ProfilePart, from route: Route, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        switch part {
        case .open, .closed: return try readPositions(body, of: part, &context)
        case .trades:
            let page = try tradesRead(of: part).page(in: body)
            context.note(page.drift, from: route)
            let summary = TradeSummary(page.rows, unreadable: page.unreadable)
            answers.trades = summary
            if summary.count < fewTrades { return start(.firstTrades, &context) }
            answers.hasFewTrades = false
        case .firstTrades:
            let page = try tradesRead(of: part).page(in: body)
            context.note(page.drift, from: route)
            answers.hasFewTrades = page.count < fewTrades
        case .stats:
            let reading = try DataAPI.UserStatsRead(of: address).reading(of: body)
            context.note(reading.drift, from: route)
            // Zeros without a date of joining are the answer for a wallet that the service does not know.
            guard let stats = reading.value, !stats.isBlank else { return [] }
            answers.hasStats = true
            answers.joinedAt = stats.joinedAt
            answers.tradeProfit = stats.allTime?.tradeProfit
            answers.tradeCount = stats.allTime?.tradeCount
            let hasCombos = (stats.allTime?.realizedComboProfit ?? .zero) != .zero
            return (answers.tradeCount == nil ? start(.volume, &context) : [])
                + (hasCombos ? start(.combos, &context) : [])
        case .volume:
            let reading = try DataAPI.UserVolumeRead(of: address).reading(of: body)
            context.note(reading.drift, from: route)
            answers.tradeCount = reading.value?.tradeCount.flatMap { $0 > 0 ? $0 : nil }
        case .combos: return try readCombos(body, &context)
        case .value:
            let reading = try valueRead.reading(of: body)
            context.note(reading.drift, from: route)
            answers.value = reading.value
        case .largest:
            let page = try largestRead.page(in: body)
            context.note(page.drift, from: route)
            answers.largestPosition = page.count == 0 ? .zero : page.rows.first?.currentValue
        case .account: answers.account = .known(try Gamma.profile(in: body))
        }
        return []
    }

    private mutating func readPositions(
        _ body: [UInt8], of part: ProfilePart, _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        let page = try walks[part]!.read.page(in: body)
        context.note(page.drift, from: walks[part]!.read.request(at: .start).route)
        let other = tokens[part == .open ? .closed : .open] ?? []
        for row in walks[part]!.take(page, at: context.now.instant) {
            // Version 1 keeps a row without shares for a position that was left.
            if part == .open, versions[part] == .v1, row.size == .zero { continue }
            tokens[part]!.insert(row.asset.hashValue)
            if !other.contains(row.asset.hashValue) { tallies[part]!.add(row) }
        }
        if let next = walks[part]!.request { return ask(next, for: part) }
        let isComplete = walks[part]!.isComplete
        if !isComplete { tallies[part]!.isTruncated = true }
        switch walks[part]!.end {
        case .truncated(.duration)?, .stalled?: tallies[part]!.isInterrupted = true
        case .truncated?, .complete?, .stopped?, nil: break
        }
        let isOpen = part == .open
        if isOpen { answers.open = tallies[part] } else { answers.closed = tallies[part] }
        walks[part] = nil
        return isOpen && !isComplete && versions[part] == .v2 ? start(.largest, &context) : []
    }

    private mutating func readCombos(
        _ body: [UInt8], _ context: inout LookupContext
    ) throws(APIError) -> [FollowUp] {
        let page = try comboWalk!.read.page(in: body)
        context.note(page.drift, from: .dataV2ComboPositions)
        for combo in comboWalk!.take(page, at: context.now.instant) {
            comboProfit = comboProfit + (combo.profit ?? .zero)
        }
        if let next = comboWalk!.request { return ask(next, for: .combos) }
        if comboWalk!.isComplete { answers.comboProfit = comboProfit }
        comboWalk = nil
        return []
    }

    /// Drops an incomplete list, because its sum would look like the total.
    private mutating func abandon(_ part: ProfilePart, _ problem: ProfileProblem) {
        switch part {
        // The profile has another source for each of these, or goes without.
        case .volume, .combos, .value, .largest: return
        case .open: answers.open = nil
        case .closed: answers.closed = nil
        case .trades, .firstTrades, .stats, .account: break
        }
        problems[part] = problem
    }
}
