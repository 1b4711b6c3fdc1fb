import PMJSON

/// A point of a wallet's profit and loss: in `/v2/user-pnl` and in `/v2/user-stats`.
enum PnLRow {
    static func write(_ point: PnLPoint, to row: inout JSONWriter) {
        row.field("timestamp", point.time.milliseconds / 1_000)
        row.field("source_block", point.block)
        row.field("realized_market_pnl", micros: point.realizedMarket)
        row.field("realized_lp_pnl", micros: 0)
        row.field("realized_combo_pnl", micros: point.realizedCombo)
        row.field("unrealized_pnl", micros: point.unrealized)
        row.field("fees_refunded", micros: point.feesRefunded)
        row.field("maker_rebate", micros: point[.makerRebate])
        row.field("taker_rebate", micros: point[.takerRebate])
        row.field("reward_income", micros: point[.reward])
        row.field("yield_income", micros: point[.yield])
        row.field("referral_income", micros: point[.referralReward])
        row.null("deposits")
        row.null("withdrawals")
        row.field("realized_pnl", micros: point.realized)
        row.field("wallet_income", micros: point.walletIncome)
        row.field("position_pnl", micros: point.position)
        row.field("settled_pnl", micros: point.settled)
        row.field("economic_pnl", micros: point.economic)
        row.field("trade_pnl", micros: point.trade)
        row.field("sponsored_income", micros: point.sponsored)
        row.field("fees", micros: point.fees)
        row.field("fees_paid", micros: point.fees + point.feesRefunded)
        row.null("cashflow_net")
        row.field("volume", micros: point.volume)
        row.field("volume_usdc", micros: point.volumeDollars)
        row.field("trade_count", point.tradeCount)
    }
}
