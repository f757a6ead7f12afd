"""The engine of Conclave: deliberation, mechanical safety and proof. It never names a domain."""
