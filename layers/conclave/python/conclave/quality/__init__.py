"""Quality by rule: whether what models wrote holds against what tools brought. Pure code, no model judges."""
