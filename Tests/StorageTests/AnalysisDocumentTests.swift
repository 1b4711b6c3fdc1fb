import Database
import DatabaseFixtures
import Foundation
import PMRecord
import TestSupport
import Testing

/// Every question of `docs/ANALYSIS.md`, as it stands there, on each database.
struct AnalysisDocumentTests {
    private struct Question {
        let number: Int
        let language: String
        let code: String
    }

    private static func questions() throws -> [Question] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/ANALYSIS.md"), encoding: .utf8)
        return text.matches(of: /### (\d+)\. [^\n]+\n\n```(\w+)\n(.*?)```/.dotMatchesNewlines()).map {
            Question(number: Int($0.1)!, language: String($0.2), code: String($0.3))
        }
    }

    @Test func theDocumentHasThirtyQuestions() throws {
        #expect(try Self.questions().map(\.number) == Array(1...30))
    }

    /// Both databases give the answers that were computed without them, or at least the same.
    @Test func everyQuestionIsAnswered() throws {
        let data = AnalysisData(at: .now())
        let known = AnalysisAnswers(data: data).all
        let databases = try Backend.available.map { backend in
            let database = try TestDatabase(backend)
            let child = try database.start(["--quiet"], input: .text(data.lines.asLines))
            #expect(try child.wait() == .status(0), "\(child.errors)")
            return database
        }
        for question in try Self.questions() {
            let answers = try databases.map { try answer(to: question, from: $0) }
            #expect(!answers[0].isEmpty, "question \(question.number) has no answer")
            for answer in answers {
                #expect(answer == answers[0], "question \(question.number): the databases differ")
                guard let known = known[question.number]?.map({ $0.map(normalized) }) else { continue }
                #expect(answer == known, "question \(question.number)")
            }
        }
        #expect(known.count >= 18)
    }

    private func answer(to question: Question, from database: TestDatabase) throws -> [[String]] {
        guard question.language == "sh" else {
            return try database.rows(question.code).map { row in
                row.split(separator: "|", omittingEmptySubsequences: false).map { normalized(String($0)) }
            }
        }
        let child = try ChildProcess(
            "/bin/sh", ["-c", question.code],
            environment: [
                "PM_DATABASE": database.url,
                "PATH":
                    "\(Executables.path("pm-store").split(separator: "/").dropLast().map { "/\($0)" }.joined()):/usr/bin:/bin",
            ], input: .none)
        #expect(try child.wait() == .status(0), "\(child.errors)")
        return child.output.split(separator: "\n").map { line in
            line.split(separator: ",").prefix(2).map { normalized(String($0)) }
        }
    }

    /// Returns a number with four decimals, a time in one form, and other text as it is.
    private func normalized(_ field: String) -> String {
        if let number = Double(field) { return String(format: "%.2f", number + 1e-9) }
        if let time = Timestamp(field.replacing(" ", with: "T").replacing(/\+00$/, with: "Z")) {
            return time.description
        }
        return field
    }
}
