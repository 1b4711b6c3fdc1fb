import Glibc

/// The reason why no alert can leave on a channel, whatever its receiver answers: its secret or its program is missing,
/// or of another form.
package struct ChannelFault: Sendable {
    package let reason: String

    /// Checks the settings of a channel. Sends nothing.
    ///
    /// - Returns: `nil` for a channel that can work.
    package init?(_ address: ChannelAddress, _ settings: ChannelSettings) {
        do throws(ChannelError) {
            _ = try makeChannel(address, settings)
        } catch {
            reason = error.description
            return
        }
        let program: String? =
            switch address.kind {
            case .command: address.target
            case .email: settings.mailServer == nil ? settings.sendmail : nil
            case .discord, .telegram, .slack, .webhook: nil
            }
        guard let program, access(program, X_OK) != 0 else { return nil }
        reason = "unable to run \(program): \(String(cString: strerror(errno)))"
    }
}
