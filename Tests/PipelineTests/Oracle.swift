import TestSupport

/// An independent calculation of the expected content of the store, in Python with its decimal numbers.
enum Oracle {
    /// Compares Data API rows with stored records. Returns one line for each difference; empty if there is none.
    static func differences(rows path: String, records: String) throws -> String {
        let python = try ChildProcess(
            Executables.installed("python3") ?? "python3", ["-c", script, path], input: .text(records))
        guard try python.wait() == .status(0) else { throw TestFailure(python.errors) }
        return python.output
    }

    private static let script = """
        import collections, decimal, json, sys
        decimal.getcontext().prec = 60
        D = decimal.Decimal
        tiers = [(D(100000), "GOD_WHALE"), (D(50000), "SUPER_WHALE"), (D(15000), "MEGA_WHALE"), (D(8001), "WHALE")]
        def read(line): return json.loads(line, parse_float=D, parse_int=D)
        expected = collections.Counter()
        for line in open(sys.argv[1], encoding="utf-8"):
            row = read(line)
            value = (row["price"] * row["size"]).quantize(D("0.000001"), decimal.ROUND_HALF_EVEN)
            if value < 1000 or row["price"] > D("0.97"): continue
            tier = next((name for least, name in tiers if value >= least), None)
            expected[(row["transactionHash"], row["proxyWallet"].lower(), row["asset"], row["title"],
                      row["price"], row["size"], value.normalize(), tier)] += 1
        found = collections.Counter()
        for line in sys.stdin:
            row = read(line)
            found[(row["tx_hash"], row["wallet"], row["asset_id"], row["title"],
                   row["price"], row["size"], row["value"].normalize(), row.get("tier"))] += 1
        if not expected: print("the oracle expects nothing: a wrong input?")
        for row, count in (expected - found).items(): print("missing", count, row)
        for row, count in (found - expected).items(): print("too many", count, row)
        """
}
