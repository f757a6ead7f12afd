"""ministack, started for Conclave: loopback only, a bare interpreter for functions, missing provisioners registered."""
