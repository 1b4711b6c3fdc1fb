import PMRecord

/// The way of a trade: in, out as pending, out again.
extension Enricher {
    var isFull: Bool { open.count >= settings.mostOpen || openBytes >= settings.mostOpenBytes }

    mutating func receive(_ trade: TradeLine, at now: Moment) {
        isCatchingUp = !trade.isFresh(at: now.time)
        var entry = OpenTrade(
            trade: trade, needs: trade.needs(at: now.time), findings: EnrichmentResults(), missing: [],
            revision: trade.firstRevision + 1)
        let missing = takeWhatIsKnown(into: &entry, at: now)
        guard !missing.isEmpty else { return tell(entry, at: now) }
        guard !isFull || isCatchingUp else {
            counts.count(.skipped)
            let reason = "too many trades are waiting"
            retries.add(
                RetryList.Entry(
                    trade: entry.trade, needs: entry.needs, findings: entry.findings,
                    revision: entry.revision, gaps: nil), at: now)
            return tell(
                Revision.final(
                    entry.trade, number: entry.revision, .skipped, reason: reason,
                    findings: entry.findings, rank: standings.json(of: entry.trade.wallet)), of: trade)
        }
        entry.gate = gate.enter()
        if !settings.isFinalOnly {
            tell(Revision.pending(trade), of: trade)
            counts.count(.pending)
        }
        open(entry, missing: missing, at: now)
    }

    /// Looks for what a trade lacked when it left.
    mutating func tryAgain(_ earlier: RetryList.Entry, at now: Moment) {
        var entry = OpenTrade(
            trade: earlier.trade, needs: earlier.needs, findings: earlier.findings, missing: [],
            revision: earlier.revision + 1)
        entry.earlier = earlier
        let missing = takeWhatIsKnown(into: &entry, at: now)
        if missing.isEmpty { tell(entry, at: now) } else { open(entry, missing: missing, at: now) }
    }

    /// A trade leaves with what there is.
    mutating func leave(_ number: Number, at now: Moment) {
        guard let entry = open.removeValue(forKey: number) else { return }
        openBytes -= entry.trade.record.bytes.count
        if entry.earlier == nil { firstTimers -= 1 }
        tell(entry, at: now)
        if let ordinal = entry.gate {
            gate.leave(ordinal)
            releaseMarks()
        }
    }

    mutating func releaseMarks() {
        while let mark = gate.release() {
            output.append(mark)
            lastMark = (try? Record(mark))?.unsigned(Key.seq) ?? lastMark
        }
    }

    /// Gives a trade what the caches have of what it still needs; what is left is to be looked up.
    private mutating func takeWhatIsKnown(into entry: inout OpenTrade, at now: Moment) -> [LookupKey] {
        var missing: [LookupKey] = []
        var place = 0
        // What is found may lead to more that is needed: the owner of a trade to his wallet.
        while place < entry.needs.count {
            let key = entry.needs[place]
            place += 1
            if let earlier = entry.findings[key], !earlier.isWanting { continue }
            guard entry.trade.mayAsk(key, at: now.time) else {
                entry.take(.failed("too late to say"), for: key)
                continue
            }
            // What failed is told as it is the first time, and asked for anew in every later try.
            if let finding = known(key, at: now), entry.earlier == nil || !finding.isWanting {
                entry.take(finding, for: key)
            } else {
                missing.append(key)
            }
        }
        return missing
    }

    private mutating func open(_ entry: OpenTrade, missing: [LookupKey], at now: Moment) {
        lastNumber += 1
        var entry = entry
        entry.missing = Set(missing)
        open[lastNumber] = entry
        openBytes += entry.trade.record.bytes.count
        if entry.earlier == nil { firstTimers += 1 }
        deadlines.append((now.instant + settings.deadline, lastNumber))
        for key in missing { wait(for: key, lastNumber, at: now) }
    }

    /// Lets a trade's line leave, no longer than the next stage takes it.
    private mutating func tell(_ line: [UInt8], of trade: TradeLine) {
        guard line.count > Record.longestLine else { return output.append(line) }
        shortened += 1
        output.append(Record.fitted(line, insteadOf: trade.record.bytes.span))
    }

    /// Tells a trade with all that is known; one that is tried again only if there is more to tell.
    private mutating func tell(_ entry: OpenTrade, at now: Moment) {
        let outcome = entry.findings.outcome(for: entry.trade, needs: entry.needs)
        let isNews = entry.earlier.map { entry.isNews(after: $0, outcome) } ?? true
        if isNews {
            if entry.earlier == nil { counts.count(outcome.state) } else { counts.retried += 1 }
            let wasPending = entry.gate != nil && !settings.isFinalOnly
            if wasPending || entry.earlier != nil { amended += 1 }
            tell(
                Revision.final(
                    entry.trade, number: entry.revision, outcome.state, reason: outcome.reason,
                    findings: entry.findings, rank: standings.json(of: entry.trade.wallet)), of: entry.trade)
        }
        guard outcome.state != .enriched else { return }
        retries.add(
            RetryList.Entry(
                trade: entry.trade, needs: entry.needs, findings: entry.findings,
                revision: isNews ? entry.revision : entry.revision - 1, gaps: outcome.gaps,
                attempts: entry.earlier.map { $0.attempts + 1 } ?? 0), at: now)
    }
}

extension Enricher.OpenTrade {
    /// Whether it is known since whose trade it was, or something else that was not.
    fileprivate func isNews(after earlier: RetryList.Entry, _ outcome: Outcome) -> Bool {
        guard let gaps = earlier.gaps, trade.wallet == earlier.trade.wallet else { return true }
        return !gaps.isSubset(of: outcome.gaps)
    }

    /// Takes a finding in; whose trade it is leads to his wallet.
    mutating func take(_ finding: Finding, for key: LookupKey) {
        findings[key] = finding.completed(by: findings[key])
        missing.remove(key)
        if case .owner(let wallet) = finding, trade.wallet == nil {
            trade.wallet = wallet
            needs.append(.wallet(wallet))
        }
    }
}
