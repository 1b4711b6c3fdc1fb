import Glibc
import TestSupport
import Testing

/// `make install` and the systemd unit, in a scratch root. scripts/package.sh builds the Debian package from the same files.
struct InstallTests {
    private let directory = try! TemporaryDirectory()

    private func make(_ target: String) throws -> ChildProcess {
        let products = String(try Executables.path("pm-filter").dropLast("/pm-filter".count))
        return try ChildProcess(
            Executables.installed("make") ?? "make",
            [
                "-C", Executables.packageRoot, "--no-print-directory", target, "PREFIX=\(directory.path)/usr",
                "PROGRAMS=\(products)",
            ], environment: ["MAKEFLAGS": nil])
    }

    private func files() throws -> [String] {
        let find = try ChildProcess("/usr/bin/find", ["\(directory.path)/usr", "!", "-type", "d"])
        _ = try find.wait()
        return find.output.split(separator: "\n").map { String($0.dropFirst(directory.path.count + 5)) }
    }

    @Test(
        .enabled(if: Executables.installed("make") != nil, "make is not installed"), .timeLimit(.minutes(10)))
    func everythingIsInstalledWorksAndIsRemoved() throws {
        let install = try make("install")
        #expect(try install.wait() == .status(0), "\(install.errors)")
        let files = Set(try files())
        for file in [
            "bin/pm-ingest", "bin/pm-pipeline", "bin/pm-inspect", "share/man/man1/pm-store.1",
            "share/man/man5/pm-record.5", "share/bash-completion/completions/pm-alert",
            "share/zsh/vendor-completions/_pm-filter", "share/fish/vendor_completions.d/pm-enrich.fish",
            "share/doc/polymarket-worker/monitoring/prometheus-rules.yml",
            "share/doc/polymarket-worker/examples/pipeline.conf",
            "lib/systemd/system/polymarket-worker.service",
        ] {
            #expect(files.contains(file), "\(file) is not installed")
        }
        let replay = try ChildProcess(
            directory.file("usr/bin/pm-pipeline"), ["replay", "/dev/null"],
            environment: [
                "PM_BIN": nil, "PM_HOME": directory.file("home"),
                "PATH": "\(directory.path)/usr/bin:/usr/bin:/bin",
            ])
        #expect(try replay.wait() == .status(0), "\(replay.errors)")
        try expectCompletionsParse()
        try expectUnitIsValid()
        let uninstall = try make("uninstall")
        #expect(try uninstall.wait() == .status(0), "\(uninstall.errors)")
        #expect(try self.files() == [])
    }

    private func expectCompletionsParse() throws {
        let bash = try ChildProcess(
            "/bin/bash", ["-n", directory.file("usr/share/bash-completion/completions/pm-alert")])
        #expect(try bash.wait() == .status(0), "\(bash.errors)")
        for (shell, file) in [
            ("zsh", "zsh/vendor-completions/_pm-filter"), ("fish", "fish/vendor_completions.d/pm-store.fish"),
        ] {
            guard let program = Executables.installed(shell) else { continue }
            let parse = try ChildProcess(program, ["-n", directory.file("usr/share/\(file)")])
            #expect(try parse.wait() == .status(0), "\(shell): \(parse.errors)")
        }
    }

    private func expectUnitIsValid() throws {
        guard let tool = Executables.installed("systemd-analyze") else {
            print("systemd-analyze is not installed: the unit is not verified")
            return
        }
        let unit = directory.file("usr/lib/systemd/system/polymarket-worker.service")
        let verify = try ChildProcess(tool, ["verify", "--man=no", unit])
        #expect(try verify.wait() == .status(0), "\(verify.errors)")
        // Exposure from 0 to 100; 20 is 2.0 in its table.
        let security = try ChildProcess(tool, ["security", "--offline=yes", "--threshold=20", unit])
        #expect(try security.wait() == .status(0), "\(security.output.suffix(200)) \(security.errors)")
    }

    /// The example has only settings that exist, all of them as comments.
    @Test func theExampleSettingsExist() throws {
        let example = try ChildProcess("/bin/cat", ["\(Executables.packageRoot)/packaging/pipeline.conf"])
        _ = try example.wait()
        let names = example.output.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("#PM_") else { return nil }
            return String(line.dropFirst().prefix { $0 != "=" })
        }
        #expect(names.count > 15)
        let settings = try ChildProcess(Executables.path("pm-inspect"), ["settings"] + names)
        #expect(try settings.wait() == .status(0))
        #expect(settings.output == "")
    }

    /// The table of settings has every name that the sources read.
    @Test func everySettingIsKnown() throws {
        let grep = try ChildProcess(
            "/bin/grep",
            [
                "-rhoE", "\"PM_[A-Z_0-9]+\"", "--include=*.swift", "--exclude=SettingName.swift",
                "\(Executables.packageRoot)/Sources",
            ])
        _ = try grep.wait()
        let names = Set(grep.output.split(separator: "\n").map { $0.filter { $0 != "\"" } })
        #expect(names.count > 60)
        let settings = try ChildProcess(Executables.path("pm-inspect"), ["settings"] + names.sorted())
        #expect(try settings.wait() == .status(0))
        #expect(settings.output == "", "PMCommand/SettingName.swift lacks \(settings.output)")
    }
}
