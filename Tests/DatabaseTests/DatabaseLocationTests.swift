import Database
import PMPipe
import Testing

struct DatabaseLocationTests {
    @Test(arguments: [
        ("sqlite:a.db", "sqlite:a.db"), ("sqlite:/var/a.db", "sqlite:/var/a.db"),
        ("sqlite:///var/a.db", "sqlite:/var/a.db"),
        ("postgresql://me:hunter2@db.example/x", "postgresql host=db.example port=5432 dbname=x user=me"),
        ("host=/tmp dbname=x user=me password=hunter2", "postgresql host=/tmp port=5432 dbname=x user=me"),
    ])
    func parsesEveryForm(_ text: String, _ shown: String) throws {
        #expect("\(try DatabaseLocation(text))" == shown)
    }

    @Test(arguments: [
        "sqlite:", "polymarket.db", "mysql://me:hunter2@h/x", "postgresql://me:hunter2@h:port/x",
    ])
    func rejectsOtherTextWithoutQuotingIt(_ text: String) {
        let error = #expect(throws: StageError.self) { _ = try DatabaseLocation(text) }
        #expect(error?.status == .usage)
        #expect(error?.message?.contains("hunter2") == false)
    }

    @Test(
        arguments: [
            ("sqlite:o", "sqlite:p", "sqlite:d", "sqlite:o"), (nil, "sqlite:p", "sqlite:d", "sqlite:p"),
            (nil, nil, "sqlite:d", "sqlite:d"), (nil, nil, nil, "sqlite:polymarket.db"),
        ] as [(String?, String?, String?, String)])
    func theOptionHasPrecedence(_ option: String?, _ own: String?, _ common: String?, _ chosen: String) throws
    {
        let environment = ["PM_DATABASE": own, "DATABASE_URL": common]
        let location = try DatabaseLocation.resolve(option) { environment[$0] ?? nil }
        #expect("\(location)" == chosen)
    }
}
